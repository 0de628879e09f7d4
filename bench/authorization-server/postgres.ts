// Refreshes with the state in PostgreSQL: all connections at one instance of ours, or shared by two of one issuer.
import { availableParallelism, cpus } from "node:os"
import { startPostgres } from "../../packages/as-store-sql/test/postgres-server.ts"
import { freePort } from "../../apps/demo/src/free-port.ts"
import { median } from "../statistics.ts"
import { micros, table } from "../table.ts"
import { contestant } from "./contestants.ts"
import { discover, makeCaller, signIn } from "./exchanges.ts"
import { CONNECTIONS, connectTo, type Load, start, summarize, takeTurn, type Turn } from "./load.ts"
import { inFolder } from "./measure.ts"
import { times } from "./targets.ts"

const ROUNDS = 4
const SECONDS = 2
const CORES = availableParallelism()

/** A turn, and microseconds of processor time for one refresh that the load took and that all the rest of the machine took. */
interface SharedTurn extends Turn {
  readonly load: number
  readonly rest: number
}

/** Microseconds that all cores together were busy. */
const busy = (): number =>
  cpus().reduce((sum, { times: { irq, nice, sys, user } }) => sum + 1000 * (irq + nice + sys + user), 0)

/** An instance of the server with its callers. */
const enterInstance = async (environment: NodeJS.ProcessEnv, folder: string, known?: string) => {
  const ours = { ...contestant("process"), environment }
  const { connections, server } = connectTo(await start(ours, folder))
  const place = await discover(server.origin, ours)
  const cookie = known ?? (await signIn(place))
  const callers = []
  for (const connection of connections) callers.push(await makeCaller(place, connection, cookie))
  return { server, connections, callers, cookie }
}
type Instance = Awaited<ReturnType<typeof enterInstance>>

/** Lets the instances share the connections. */
const takeSharedTurn = async (instances: ReadonlyArray<Instance>): Promise<SharedTurn> => {
  const share = CONNECTIONS / instances.length
  const cpu = async () => {
    let sum = 0
    for (const { server } of instances) sum += await server.cpu()
    return sum
  }
  const connections = instances.flatMap(({ connections }) => connections)
  const calls = instances.flatMap(({ callers }) => callers.slice(0, share).map(({ refresh }) => refresh))
  const own = process.cpuUsage()
  const before = busy()
  const turn = await takeTurn({ server: { cpu }, connections }, calls, SECONDS)
  const all = busy() - before
  const { system, user } = process.cpuUsage(own)
  const load = (system + user) / turn.latencies.length
  return { ...turn, load, rest: all / turn.latencies.length - load - turn.cpu }
}

interface SharedLoad extends Load {
  readonly load: number
  readonly rest: number
}

const summarizeShared = (turns: ReadonlyArray<SharedTurn>): SharedLoad => ({
  ...summarize(turns),
  load: median(turns.map(({ load }) => load)),
  rest: median(turns.map(({ rest }) => rest))
})

const measureInstances = (): Promise<readonly [one: SharedLoad, two: SharedLoad]> =>
  inFolder(async (folder) => {
    const postgres = await startPostgres({ durable: true })
    const instances: Array<Instance> = []
    try {
      const port = String(await freePort())
      const environment = { BENCH_STORE: postgres.url, BENCH_ISSUER: `http://127.0.0.1:${port}`, NODE_ENV: "" }
      // People sign in where the issuer is.
      const first = await enterInstance({ ...environment, BENCH_PORT: port }, folder)
      instances.push(first)
      const second = await enterInstance(environment, folder, first.cookie)
      instances.push(second)
      const turns: readonly [Array<SharedTurn>, Array<SharedTurn>] = [[], []]
      for (let round = 0; round <= ROUNDS; round++) {
        const one = await takeSharedTurn([first])
        const two = await takeSharedTurn([first, second])
        // The first round warms up.
        if (round === 0) continue
        turns[0].push(one)
        turns[1].push(two)
      }
      return [summarizeShared(turns[0]), summarizeShared(turns[1])] as const
    } finally {
      for (const { server } of instances) await server.stop()
      await postgres.stop()
    }
  })

/** The section of the page. */
export const postgresSection = async (): Promise<string> => {
  const [one, two] = await measureInstances()
  const row = (what: string, { cpu, load, p50, p99, perSecond, rest }: SharedLoad) => [
    what,
    String(Math.round(perSecond)),
    ...[p50, p99, cpu, load, rest].map(micros)
  ]
  const busyPart = ({ cpu, load, perSecond, rest }: SharedLoad) => ((cpu + load + rest) * perSecond) / (1e6 * CORES)
  const [oneBusy, twoBusy] = [one, two].map((load) => `${Math.min(100, Math.round(100 * busyPart(load)))} %`)
  const bound =
    busyPart(two) > 0.85
      ? "What bounds it is the processor, which all of them share: on machines of their own the instances would not be in each other's way."
      : "What bounds it is the wait for PostgreSQL and its disk, of which there is one however many instances ask."
  return `## Two instances on PostgreSQL

Refreshes over the same ${CONNECTIONS} connections, at one instance or shared by two of one issuer, with a PostgreSQL on the same machine that
waits for the disk at every commit. The rest is the processor time of all that is neither ours nor the load: PostgreSQL, and the system.

${table(
  ["instances", "per second", "p50", "p99", "ours, for one", "the load, for one", "the rest, for one"],
  [row("one", one), row("two", two)]
)}

Two do ${times(two.perSecond / one.perSecond)} of what one does. The ${CORES} cores were busy ${oneBusy} of the time with one instance, ${twoBusy} with two. ${bound}
`
}
