// What a grant costs, and whether a million of them slow the server down.
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { micros } from "../table.ts"
import { contestant } from "./contestants.ts"
import { CLIENT } from "./contest.ts"
import { askTokens, discover } from "./exchanges.ts"
import { CONNECTIONS, connectTo, type Load, start, summarize, takeTurn, type Turn } from "./load.ts"
import type { Costs } from "./grant-cost.ts"
import { refreshTokenOf } from "./many-grants.ts"
import { inFolder } from "./measure.ts"
import { compared, type Target, targetTable, times } from "./targets.ts"

const FEW = 1000
const MANY = 1_000_000
const ROUNDS = 5
const SECONDS = 2

const measureCosts = async (path: string): Promise<Costs> => {
  const program = join(import.meta.dirname, "grant-cost.ts")
  const execution = ["--conditions=@postern/source", "--expose-gc", program, path]
  const { stdout } = await promisify(execFile)(process.execPath, execution)
  return JSON.parse(stdout)
}

/** A server with so many grants, and what its connections call: each refreshes its own part of them, in no order. */
const enterWith = async (grants: number, folder: string) => {
  const ours = contestant("process")
  const loaded = connectTo(await start(ours, folder, { BENCH_GRANTS: String(grants) }))
  const place = await discover(loaded.server.origin, ours)
  const tokens = new Map<number, string>()
  const calls = loaded.connections.map((connection, index) => async (): Promise<void> => {
    const number = index + CONNECTIONS * Math.floor((Math.random() * grants) / CONNECTIONS)
    const refreshToken = tokens.get(number) ?? refreshTokenOf(number)
    const answer = await askTokens(place, connection, CLIENT, {
      grant_type: "refresh_token",
      refresh_token: refreshToken
    })
    tokens.set(number, answer.refresh_token ?? "")
  })
  return { ...loaded, calls, turns: new Array<Turn>() }
}

const measureRates = (): Promise<readonly [few: Load, many: Load]> =>
  inFolder(async (folder) => {
    const entered = []
    try {
      for (const grants of [FEW, MANY]) entered.push(await enterWith(grants, folder))
      for (let round = 0; round <= ROUNDS; round++) {
        for (const { calls, turns, ...loaded } of entered) {
          const turn = await takeTurn(loaded, calls, SECONDS)
          if (round > 0) turns.push(turn)
        }
      }
      const [few = [], many = []] = entered.map(({ turns }) => turns)
      return [summarize(few), summarize(many)] as const
    } finally {
      for (const { server } of entered) await server.stop()
    }
  })

const bytes = (value: number): string => `${Math.max(0, Math.round(value))} B`

/** The section of the page. */
export const grantsSection = async (): Promise<string> => {
  const inMemory = await measureCosts(":memory:")
  const inFile = await inFolder((folder) => measureCosts(join(folder, "grants.sqlite")))
  const [few, many] = await measureRates()
  const cost = (what: string, below: number, value: number): Target => ({
    what,
    bound: { below },
    measured: [{ value }],
    show: bytes
  })
  return `## Many grants

A person's first grant leaves a session, a consent, the grant, the used code and the refresh token; a further one the last three. They
were written by the store's own port, tens of thousands of each kind. The rate is that of refreshes at SQLite with durability \`process\`, each of another grant,
with ${FEW} grants in the file and with ${MANY}, in turns: ${Math.round(few.perSecond)} and ${Math.round(many.perSecond)} a second, ${micros(few.cpu)} and ${micros(many.cpu)} of processor time.
In memory a person's first grant takes ${bytes(inMemory.first.memory)} with the session and the consent.

${targetTable([
  cost("process memory, in memory: a grant", 1000, inMemory.further.memory),
  cost("process memory, SQLite in a file: a grant", 1000, inFile.further.memory),
  cost("disk, SQLite in a file: a further grant", 2000, inFile.further.disk),
  cost("disk, SQLite in a file: a person's first grant", 2000, inFile.first.disk),
  {
    what: "refreshes at a million grants / at a thousand",
    bound: { least: 0.8 },
    measured: compared(many, few),
    show: times
  }
])}
`
}
