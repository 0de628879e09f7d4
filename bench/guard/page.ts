// The page about the guard, and its plot.
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { plot } from "../plot.ts"
import { weigh } from "../sizes.ts"
import { micros, table } from "../table.ts"
import { httpSection, measureHttp } from "./http.ts"
import { verifiers } from "./verifiers.ts"

const run = promisify(execFile)
const root = join(import.meta.dirname, "../..")

interface Memory {
  readonly tokens: number
  readonly tokenLength: number
  readonly rememberedBytes: number
  readonly floodTokens: number
  readonly floodBytes: number
  readonly floodFetches: number
}

const memorySection = async (): Promise<string> => {
  const { stdout } = await run(
    process.execPath,
    ["--conditions=@postern/source", "--expose-gc", join(import.meta.dirname, "memory.ts")],
    { cwd: root }
  )
  const found: Memory = JSON.parse(stdout)
  const mebibytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`
  return `## Memory

${found.tokens} remembered tokens of ${found.tokenLength} characters take ${mebibytes(found.rememberedBytes)}. After that, ${found.floodTokens} tokens
with a key id of their own each, none of them right, cost ${found.floodFetches} fetches of the key set (one in a cool-down of 30 seconds) and
leave ${mebibytes(found.floodBytes)} more in use.
`
}

const sizeSection = async (): Promise<string> => {
  const guard = 'export { createGuard } from "./packages/resource-server/src/promise.ts"'
  const gate = 'export { requireBearerAuth } from "@modelcontextprotocol/server"'
  return `## Size in a bundle for an edge runtime

Bytes, minified and compressed (esbuild, gzip -9), with everything that each needs.

${table(
  ["bundle", "bytes"],
  [
    ["the guard: policy, verifier, keys by discovery, introspection, DPoP", String(await weigh(guard, root))],
    ["the SDK's gate alone, no verifier", String(await weigh(gate, join(root, "bench")))]
  ]
)}
`
}

/** The page and its plot. */
export const guardPage = async (versions: string): Promise<{ readonly page: string; readonly svg: string }> => {
  const tokens = await verifiers()
  const loads = await measureHttp()
  const svg = plot("Processor time of the server for one request", [
    { label: "bare node:http, hand-written cache", value: loads.bare.cpu, text: micros(loads.bare.cpu) },
    { label: "the guard, policy and events on", value: loads.ours.cpu, text: micros(loads.ours.cpu), ours: true },
    { label: "Express, the SDK's requireBearerAuth, jose", value: loads.express.cpu, text: micros(loads.express.cpu) }
  ])
  const page = `# The guard, measured

Written by \`npx -y pnpm@12 bench\`, every number of it; the programs are in [\`bench/guard/\`](../../bench/guard). All columns of a table come
from one run on one machine, so the ratios say more than the times.

${versions}

![Processor time of the server for one request](the-guard.svg)

${httpSection(loads)}
${tokens}
${await memorySection()}
${await sizeSection()}`
  return { page, svg }
}
