// Three servers under the load of wrk, in turns: the guard, Express with the SDK's gate, and a bare server.
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { type ServerProcess, startServer } from "../server-process.ts"
import { median } from "../statistics.ts"
import { micros, ratio, table } from "../table.ts"
import { makeIssuer, signMany } from "./issuer.ts"

const ROUNDS = 25
const SECONDS = 1
const WARMING_SECONDS = 4
const CONNECTIONS = 32
const TOKENS = 50

const SERVERS = { bare: "http-bare.ts", ours: "http-ours.ts", express: "http-express.ts" } as const
type Name = keyof typeof SERVERS

/** What a server under load did. */
export interface Load {
  /** Microseconds of the server's processor time for one request. */
  readonly cpu: number
  readonly perSecond: number
}

const run = promisify(execFile)

const load = async ({ cpu, origin }: ServerProcess, environment: NodeJS.ProcessEnv, seconds: number): Promise<Load> => {
  const before = await cpu()
  const { stdout } = await run(
    "wrk",
    ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "-s", join(import.meta.dirname, "load.lua"), `${origin}/mcp`],
    { env: { ...process.env, ...environment } }
  )
  const used = (await cpu()) - before
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  const wrong = /Non-2xx or 3xx responses: (\d+)|Socket errors/.exec(stdout)
  if (wrong !== null || !(requests > 0)) throw new Error(`the load failed: ${stdout}`)
  return { cpu: used / requests, perSecond: requests / seconds }
}

/** The figures of the three servers, medians of interleaved rounds. */
export const measureHttp = async (): Promise<Readonly<Record<Name, Load>>> => {
  const folder = await mkdtemp(join(tmpdir(), "postern-bench-"))
  const issuer = await makeIssuer()
  const file = join(folder, "tokens.txt")
  await writeFile(file, (await signMany(issuer, TOKENS)).join("\n"))
  const environment = { BENCH_JWKS: JSON.stringify(issuer.jwks), BENCH_TOKENS: file }
  const running = new Map<Name, ServerProcess>()
  try {
    for (const [name, source] of Object.entries(SERVERS)) {
      running.set(name as Name, await startServer(join(import.meta.dirname, source), environment))
    }
    const loads = new Map<Name, Array<Load>>([...running.keys()].map((name) => [name, []]))
    for (const server of running.values()) await load(server, environment, WARMING_SECONDS)
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, server] of running) loads.get(name)?.push(await load(server, environment, SECONDS))
    }
    return Object.fromEntries(
      [...loads].map(([name, all]) => [
        name,
        { cpu: median(all.map(({ cpu }) => cpu)), perSecond: median(all.map(({ perSecond }) => perSecond)) }
      ])
    ) as Record<Name, Load>
  } finally {
    for (const { stop } of running.values()) await stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const LABELS: Readonly<Record<Name, string>> = {
  bare: "bare `node:http` with a hand-written cache",
  ours: "the guard on `node:http`, policy and events on",
  express: "Express, the SDK's `requireBearerAuth`, jose"
}

/** The section of the page. */
export const httpSection = (loads: Readonly<Record<Name, Load>>): string => {
  const rows = Object.entries(LABELS).map(([name, label]) => {
    const { cpu, perSecond } = loads[name as Name]
    return [
      label,
      micros(cpu),
      String(Math.round(perSecond)),
      ratio(cpu, loads.bare.cpu),
      ratio(loads.express.cpu, cpu)
    ]
  })
  return `## A request

POST with a \`tools/call\` body, ${TOKENS} tokens in turn, \`wrk\` with ${CONNECTIONS} connections on the machine's other core. Median of ${ROUNDS}
interleaved rounds of ${SECONDS} s. The bare server reads and parses the body, looks the token up in a \`Map\` with its expiry and one scope,
and sends the same body; it has no policy, no headers for browsers and caches, and tells nobody.

${table(["server", "its processor time per request", "requests per second", "/ bare", "Express / this"], rows)}
`
}
