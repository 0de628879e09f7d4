// A server under the load of its callers, each of which asks again as soon as it was answered.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buildProgram } from "../../scripts/build-program.ts"
import { type ServerProcess, startServer } from "../server-process.ts"
import { median, quantile } from "../statistics.ts"
import { type Connection, makeConnection } from "./connection.ts"
import type { Contestant } from "./contestants.ts"

export const CONNECTIONS = 8

let built: Promise<string> | undefined

/** Ours in one file, as `pnpm run build` makes a program. */
const build = async (program: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "postern-bench-built-"))
  process.once("beforeExit", () => void rm(folder, { recursive: true, force: true }))
  const file = join(folder, "ours.mjs")
  await buildProgram(join(import.meta.dirname, program), file)
  return file
}

const fileOf = ({ ours, program }: Pick<Contestant, "ours" | "program">): string | Promise<string> =>
  ours === true ? (built ??= build(program)) : join(import.meta.dirname, program)

/** Starts a contestant with a folder for its files: ours as it is built, the others as they are installed. */
export const start = async (
  contestant: Pick<Contestant, "environment" | "ours" | "program">,
  folder: string,
  further: NodeJS.ProcessEnv = {}
): Promise<ServerProcess> =>
  startServer(await fileOf(contestant), { BENCH_FOLDER: folder, ...contestant.environment, ...further })

/** Whatever serves, with its connections. */
export interface Loaded<Server = Pick<ServerProcess, "cpu">> {
  readonly server: Server
  readonly connections: ReadonlyArray<Connection>
}

/** Opens the connections of a server. */
export const connectTo = (server: ServerProcess): Loaded<ServerProcess> => ({
  server,
  connections: Array.from({ length: CONNECTIONS }, () => makeConnection(server.origin))
})

/** One turn under load. */
export interface Turn {
  /** Microseconds of the server's processor time for one call. */
  readonly cpu: number
  readonly perSecond: number
  /** Microseconds that each call took. */
  readonly latencies: ReadonlyArray<number>
}

/** Lets every caller call for some time. */
export const takeTurn = async (
  { connections, server }: Loaded,
  calls: ReadonlyArray<() => Promise<void>>,
  seconds: number
): Promise<Turn> => {
  // A server may hang up on those that waited for their turn.
  for (const { hangUp } of connections) hangUp()
  const latencies: Array<number> = []
  const before = await server.cpu()
  const begin = performance.now()
  const end = begin + seconds * 1000
  await Promise.all(
    calls.map(async (call) => {
      for (let now = performance.now(); now < end;) {
        await call()
        const then = performance.now()
        latencies.push((then - now) * 1000)
        now = then
      }
    })
  )
  const elapsed = (performance.now() - begin) / 1000
  return { cpu: ((await server.cpu()) - before) / latencies.length, perSecond: latencies.length / elapsed, latencies }
}

/** What a server did under load: the medians of its turns, and the latencies of all of them. */
export interface Load {
  readonly cpu: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

export const summarize = (turns: ReadonlyArray<Turn>): Load => {
  const latencies = turns.flatMap(({ latencies }) => latencies)
  return {
    cpu: median(turns.map(({ cpu }) => cpu)),
    perSecond: median(turns.map(({ perSecond }) => perSecond)),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99)
  }
}
