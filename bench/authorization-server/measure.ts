// The servers in turns under the load of eight connections.
import { Agent } from "node:http"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ServerProcess, startServer } from "../server-process.ts"
import { median } from "../statistics.ts"
import { type Caller, type Endpoints, makeCaller } from "./exchanges.ts"

export const ROUNDS = 5
export const SECONDS = 3
export const CONNECTIONS = 8

const SERVERS = {
  file: { program: "ours.ts", store: "file" },
  memory: { program: "ours.ts", store: "memory" },
  oidcProvider: { program: "oidc-provider.ts", store: "" }
} as const
export type Name = keyof typeof SERVERS
export const NAMES = Object.keys(SERVERS) as ReadonlyArray<Name>

const EXCHANGES = ["refresh", "codeFlow"] as const
export type Exchange = (typeof EXCHANGES)[number]

/** What a server did under load. */
export interface Load {
  /** Microseconds of the server's processor time for one exchange. */
  readonly cpu: number
  readonly perSecond: number
}

interface Contestant {
  readonly server: ServerProcess
  readonly callers: ReadonlyArray<Caller>
  /** Closes the connections: a server may hang up on those that waited for their turn. */
  readonly hangUp: () => void
  readonly close: () => void
}

const enter = async (name: Name, folder: string): Promise<Contestant> => {
  const { program, store } = SERVERS[name]
  const server = await startServer(join(import.meta.dirname, program), {
    BENCH_FOLDER: folder,
    BENCH_STORE: store,
    // In production ours refuses a store that forgets.
    NODE_ENV: ""
  })
  const agents = Array.from({ length: CONNECTIONS }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  const hangUp = () => agents.forEach((agent) => agent.destroy())
  const close = () => {
    hangUp()
    server.stop()
  }
  try {
    const endpoints = await discover(server.origin)
    const callers = []
    for (const agent of agents) callers.push(await makeCaller(endpoints, agent))
    return { server, callers, hangUp, close }
  } catch (error) {
    close()
    throw error
  }
}

/** Each has its metadata at one of the two places. */
const discover = async (origin: string): Promise<Endpoints> => {
  for (const place of ["oauth-authorization-server", "openid-configuration"]) {
    const response = await fetch(`${origin}/.well-known/${place}`)
    if (response.ok) return (await response.json()) as Endpoints
  }
  throw new Error(`no metadata at ${origin}`)
}

const load = async ({ callers, hangUp, server }: Contestant, exchange: Exchange, seconds: number): Promise<Load> => {
  hangUp()
  const before = await server.cpu()
  const start = performance.now()
  const end = start + seconds * 1000
  let count = 0
  await Promise.all(
    callers.map(async (caller) => {
      while (performance.now() < end) {
        await caller[exchange]()
        count++
      }
    })
  )
  const elapsed = (performance.now() - start) / 1000
  return { cpu: ((await server.cpu()) - before) / count, perSecond: count / elapsed }
}

/** Medians of interleaved rounds, and how many requests a code flow was. */
export const measure = async (): Promise<{
  readonly loads: Readonly<Record<Exchange, Readonly<Record<Name, Load>>>>
  readonly requests: Readonly<Record<Name, number>>
}> => {
  const folder = await mkdtemp(join(tmpdir(), "postern-bench-"))
  const contestants = new Map<Name, Contestant>()
  try {
    for (const name of NAMES) contestants.set(name, await enter(name, folder))
    const measured = new Map<string, Array<Load>>()
    for (let round = 0; round <= ROUNDS; round++) {
      for (const exchange of EXCHANGES) {
        for (const [name, contestant] of contestants) {
          const figures = await load(contestant, exchange, SECONDS)
          // The first round warms up.
          if (round > 0) measured.set(exchange + name, [...(measured.get(exchange + name) ?? []), figures])
        }
      }
    }
    const loadsOf = (exchange: Exchange) =>
      Object.fromEntries(
        NAMES.map((name) => {
          const all = measured.get(exchange + name) ?? []
          return [
            name,
            { cpu: median(all.map(({ cpu }) => cpu)), perSecond: median(all.map(({ perSecond }) => perSecond)) }
          ]
        })
      ) as Record<Name, Load>
    return {
      loads: { refresh: loadsOf("refresh"), codeFlow: loadsOf("codeFlow") },
      requests: Object.fromEntries(
        [...contestants].map(([name, { callers }]) => [name, callers[0]?.requests() ?? 0])
      ) as Record<Name, number>
    }
  } finally {
    for (const { close } of contestants.values()) close()
    await rm(folder, { recursive: true, force: true })
  }
}
