// From the start of the process to the first access token: discovery, then the shortest way to a token that the server has.
import { join } from "node:path"
import { median } from "../statistics.ts"
import { table } from "../table.ts"
import { makeConnection } from "./connection.ts"
import { MACHINE, SCOPE } from "./contest.ts"
import { type Contestant, contestant, type Name } from "./contestants.ts"
import { askTokens, discover, makeCaller } from "./exchanges.ts"
import { start } from "./load.ts"
import { inFolder } from "./measure.ts"
import { type Target, targetTable } from "./targets.ts"

const ROUNDS = 5

/** Those that know no client that acts for itself: their first token is that of a code flow, by a session that is there. */
const BY_CODE: ReadonlyArray<Name> = ["workers", "sdk"]
const STARTED: ReadonlyArray<Name> = ["memory", "process", "oidcProvider", "betterAuth", ...BY_CODE, "bare"]
const FROM_SOURCES = "ours from its sources, SQLite, durability `process`"

interface Started {
  readonly label: string
  readonly contestant: Contestant
  readonly byCode: boolean
}

const STARTS: ReadonlyArray<Started> = [
  ...STARTED.map((name) => {
    const { label } = contestant(name)
    return { label, contestant: contestant(name), byCode: BY_CODE.includes(name) }
  }),
  { label: FROM_SOURCES, contestant: { ...contestant("process"), ours: false }, byCode: false }
]

const startOnce = async (
  contestant: Contestant,
  byCode: boolean,
  folder: string,
  environment: NodeJS.ProcessEnv
): Promise<number> => {
  const begin = performance.now()
  const server = await start(contestant, folder, { BENCH_PERSON: "none", ...environment })
  const connection = makeConnection(server.origin)
  try {
    const place = await discover(server.origin, contestant)
    if (byCode) await makeCaller(place, connection, server.cookie)
    else await askTokens(place, connection, MACHINE, { grant_type: "client_credentials", scope: SCOPE })
    return performance.now() - begin
  } finally {
    connection.hangUp()
    await server.stop()
  }
}

type Durations = ReadonlyMap<string, number>

const measureStarts = async (folder: string, environment: NodeJS.ProcessEnv): Promise<Durations> => {
  const durations = new Map<string, Array<number>>()
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { byCode, contestant, label } of STARTS) {
      const duration = await startOnce(contestant, byCode, folder, environment)
      // The first round brings the files into memory, or into the cache.
      if (round > 0) durations.set(label, [...(durations.get(label) ?? []), duration])
    }
  }
  return new Map([...durations].map(([label, all]) => [label, median(all)]))
}

const millis = (value: number): string => `${Math.round(value)} ms`

/** The section of the page. */
export const coldStartSection = (): Promise<string> =>
  inFolder(async (folder) => {
    const plain = await measureStarts(folder, {})
    const cached = await measureStarts(folder, { NODE_COMPILE_CACHE: join(folder, "cache") })
    const of = (durations: Durations, label: string) => durations.get(label) ?? Number.NaN
    const { label: measured } = contestant("process")
    const target = (what: string, durations: Durations): Target => ({
      what: `${measured}: ${what}`,
      bound: { below: 500 },
      measured: [{ value: of(durations, measured) }],
      show: millis
    })
    return `## Cold start

From the start of the process to the first access token in hand: discovery, then a token by \`client_credentials\`. workers-oauth-provider
and \`mcpAuthRouter\` do not know that; theirs comes from a code flow by a session that is there already. Ours makes its database and its
signing key. It is the program as \`pnpm run build\` makes it, in one file; from its sources Node strips the types at every start. With
Node's compile cache (\`NODE_COMPILE_CACHE\`, for all of them) code was compiled before. Medians of ${ROUNDS} starts.

${table(
  ["server", "to the first token", "with the compile cache"],
  STARTS.map(({ label }) => [label, millis(of(plain, label)), millis(of(cached, label))])
)}

${targetTable([target("cold start", plain)])}
`
  })
