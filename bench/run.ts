// Measures layers 0 to 3 beside what else there is, in one run, and writes docs/benchmarks/layers-0-to-3.md.
import { readFileSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { challenges } from "./challenges.ts"
import { sizes } from "./sizes.ts"
import { table } from "./table.ts"
import { tokens } from "./tokens.ts"

const versionOf = (folder: string): string => {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL(`${folder}/package.json`, import.meta.url), "utf8")
  )
  return manifest.version
}

const OTHERS = ["oauth4webapi", "@modelcontextprotocol/client", "pkce-challenge", "jose", "esbuild"]
const versions = [
  ["Node.js", process.versions.node],
  ["effect", versionOf("../node_modules/effect")],
  ...OTHERS.map((name) => [name, versionOf(`node_modules/${name}`)])
]

const section = async (name: string, measure: () => Promise<string>): Promise<string> => {
  const start = performance.now()
  const text = await measure()
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return text
}

const sections = [
  await section("challenges", challenges),
  await section("tokens", tokens),
  await section("sizes", sizes)
]

const page = `# Layers 0 to 3, measured

Written by \`npx -y pnpm@12 bench\`, every number of it; the programs are in [\`bench/\`](../../bench). All columns of a table come from
one run on one machine, so the ratios say more than the times.

${table(["", `${process.platform} ${process.arch}, ${availableParallelism()} cores`], versions)}

${sections.join("\n")}`

writeFileSync(new URL("../docs/benchmarks/layers-0-to-3.md", import.meta.url), page)
console.log(page)
console.log("docs/benchmarks/layers-0-to-3.md is written")
