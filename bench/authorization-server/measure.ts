// The servers in turns under the load of eight connections.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Contestant, contestant, type Name, NAMES } from "./contestants.ts"
import { type Caller, discover, makeCaller } from "./exchanges.ts"
import { connectTo, type Load, type Loaded, start, summarize, takeTurn, type Turn } from "./load.ts"

export const ROUNDS = 5
export const SECONDS = 2

const EXCHANGES = ["refresh", "codeFlow"] as const
export type Exchange = (typeof EXCHANGES)[number]

interface Entered extends Loaded {
  readonly callers: ReadonlyArray<Caller>
  readonly close: () => Promise<void>
}

/** Starts a server and signs in as many browsers as there are connections. */
export const enter = async (
  contestant: Contestant,
  folder: string,
  environment: NodeJS.ProcessEnv = {}
): Promise<Entered> => {
  const loaded = connectTo(await start(contestant, folder, environment))
  const { connections, server } = loaded
  const close = async () => {
    for (const { hangUp } of connections) hangUp()
    await server.stop()
  }
  try {
    const place = await discover(server.origin, contestant)
    const callers = []
    for (const connection of connections) callers.push(await makeCaller(place, connection, server.cookie))
    return { ...loaded, callers, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Runs something with a folder of its own, which is gone afterwards. */
export const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = await mkdtemp(join(tmpdir(), "postern-bench-"))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export type Loads = Readonly<Record<Exchange, Readonly<Record<Name, Load>>>>

/** What each did in interleaved rounds, of which the first warms up and does not count. */
export const measure = (): Promise<Loads> =>
  inFolder(async (folder) => {
    const entered = new Map<Name, Entered>()
    try {
      for (const name of NAMES) entered.set(name, await enter(contestant(name), folder))
      const turns = new Map<string, Array<Turn>>()
      for (let round = 0; round <= ROUNDS; round++) {
        for (const exchange of EXCHANGES) {
          for (const [name, { callers, ...loaded }] of entered) {
            const calls = callers.map((caller) => caller[exchange])
            const turn = await takeTurn(loaded, calls, SECONDS)
            if (round > 0) turns.set(exchange + name, [...(turns.get(exchange + name) ?? []), turn])
          }
        }
      }
      const loadsOf = (exchange: Exchange) =>
        Object.fromEntries(NAMES.map((name) => [name, summarize(turns.get(exchange + name) ?? [])])) as Record<
          Name,
          Load
        >
      return { refresh: loadsOf("refresh"), codeFlow: loadsOf("codeFlow") }
    } finally {
      for (const { close } of entered.values()) await close()
    }
  })
