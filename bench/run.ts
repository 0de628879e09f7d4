// Measures ours beside what else there is, in one run, and writes the pages of docs/benchmarks: `pnpm bench [PART-OF-NAME]`.
import { readFileSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { authorizationServerPage } from "./authorization-server/page.ts"
import { challenges } from "./challenges.ts"
import { clientPage } from "./client/page.ts"
import { guardPage } from "./guard/page.ts"
import { sizes } from "./sizes.ts"
import { table } from "./table.ts"

const versionOf = (folder: string): string => {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL(`${folder}/package.json`, import.meta.url), "utf8")
  )
  return manifest.version
}

const versions = (others: ReadonlyArray<string>): string =>
  table(
    ["", `${process.platform} ${process.arch}, ${availableParallelism()} cores`],
    [
      ["Node.js", process.versions.node],
      ["effect", versionOf("../node_modules/effect")],
      ...others.map((name) => [name, versionOf(`node_modules/${name}`)])
    ]
  )

const lowerLayers = async (): Promise<void> => {
  const sections = [await challenges(), await sizes()]
  write(
    "layers-0-to-3.md",
    `# Layers 0 to 3, measured

Written by \`npx -y pnpm@12 bench\`, every number of it; the programs are in [\`bench/\`](../../bench). All columns of a table come from
one run on one machine, so the ratios say more than the times. Checking a token stands in [the page about the guard](the-guard.md).

${versions(["oauth4webapi", "@modelcontextprotocol/client", "pkce-challenge", "jose", "esbuild"])}

${sections.join("\n")}`
  )
}

const guard = async (): Promise<void> => {
  const { page, svg } = await guardPage(
    versions(["jose", "fast-jwt", "express", "@modelcontextprotocol/sdk", "@modelcontextprotocol/server", "esbuild"])
  )
  write("the-guard.svg", svg)
  write("the-guard.md", page)
}

const client = async (): Promise<void> => {
  const { page, svg } = await clientPage(versions(["@modelcontextprotocol/client", "esbuild"]))
  write("the-client.svg", svg)
  write("the-client.md", page)
}

const authorizationServer = async (): Promise<void> => {
  const { page, svg } = await authorizationServerPage(
    versions([
      "oidc-provider",
      "better-auth",
      "@better-auth/oauth-provider",
      "@cloudflare/workers-oauth-provider",
      "@modelcontextprotocol/sdk",
      "express",
      "jose"
    ])
  )
  write("the-authorization-server.svg", svg)
  write("the-authorization-server.md", page)
}

const write = (name: string, text: string): void => {
  writeFileSync(new URL(`../docs/benchmarks/${name}`, import.meta.url), text)
  if (name.endsWith(".md")) console.log(text)
  console.log(`docs/benchmarks/${name} is written`)
}

const PAGES = {
  "layers-0-to-3": lowerLayers,
  "the-client": client,
  "the-guard": guard,
  "the-authorization-server": authorizationServer
}
const [wanted = ""] = process.argv.slice(2)
for (const [name, measure] of Object.entries(PAGES)) {
  if (!name.includes(wanted)) continue
  const start = performance.now()
  await measure()
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
