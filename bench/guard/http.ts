// Three servers under the load of wrk, in turns: the guard, Express with the SDK's gate, and a bare server.
import { type ChildProcess, execFile, fork } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { median } from "../statistics.ts"
import { micros, ratio, table } from "../table.ts"
import { makeIssuer, signMany } from "./issuer.ts"

const ROUNDS = 7
const SECONDS = 4
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

const ask = <A>(child: ChildProcess, pick: (message: Record<string, unknown>) => A | undefined): Promise<A> =>
  new Promise((resolve) => {
    const listen = (message: unknown): void => {
      const picked = pick(message as Record<string, unknown>)
      if (picked === undefined) return
      child.off("message", listen)
      resolve(picked)
    }
    child.on("message", listen)
  })

const start = async (file: string, environment: NodeJS.ProcessEnv) => {
  const child = fork(join(import.meta.dirname, file), {
    execArgv: ["--conditions=@postern/source"],
    env: { ...process.env, NODE_ENV: "production", ...environment },
    stdio: ["ignore", "ignore", "inherit", "ipc"]
  })
  const { port } = await ask(child, ({ address }) => address as { readonly port: number } | undefined)
  const cpu = async (): Promise<number> => {
    const answer = ask(child, ({ cpu }) => (typeof cpu === "number" ? cpu : undefined))
    child.send("cpu")
    return answer
  }
  return { child, cpu, url: `http://127.0.0.1:${port}/mcp` }
}

const load = async (
  { cpu, url }: Awaited<ReturnType<typeof start>>,
  environment: NodeJS.ProcessEnv,
  seconds: number
): Promise<Load> => {
  const before = await cpu()
  const { stdout } = await run(
    "wrk",
    ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "-s", join(import.meta.dirname, "load.lua"), url],
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
  const running = new Map<Name, Awaited<ReturnType<typeof start>>>()
  try {
    for (const [name, source] of Object.entries(SERVERS)) running.set(name as Name, await start(source, environment))
    const loads = new Map<Name, Array<Load>>([...running.keys()].map((name) => [name, []]))
    for (const server of running.values()) await load(server, environment, 2)
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
    for (const { child } of running.values()) child.kill()
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
interleaved rounds of ${SECONDS} seconds.

${table(["server", "its processor time per request", "requests per second", "/ bare", "Express / this"], rows)}
`
}
