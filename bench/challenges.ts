// Reading `WWW-Authenticate`: challenge-parser beside oauth4webapi and the official SDK.
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { HOSTILE, MENTION, NORMAL } from "./headers.ts"
import { type ParserName, PARSERS, responseWith } from "./parsers.ts"
import { medians } from "./statistics.ts"
import { micros, ratio, table } from "./table.ts"

const BATCHES = 5
const COLD_RUNS = 3

const cold = (parser: ParserName, shape: ReadonlyArray<string>): number => {
  const program = join(import.meta.dirname, "cold.ts")
  const once = () => Number(execFileSync(process.execPath, [...process.execArgv, program, parser, ...shape]))
  return Math.min(...Array.from({ length: COLD_RUNS }, once))
}

const row = (name: string, times: Readonly<Record<ParserName, number>>): ReadonlyArray<string> => {
  const ours = times["challenge-parser"]
  const columns = [micros(ours), micros(times.oauth4webapi), micros(times.sdk)]
  return [name, ...columns, ratio(times.oauth4webapi, ours), ratio(times.sdk, ours)]
}

/** The section of the page. */
export const challenges = async (): Promise<string> => {
  const ours = await PARSERS["challenge-parser"]()
  const oauth4webapi = await PARSERS.oauth4webapi()
  const sdk = await PARSERS.sdk()

  const warmRow = async (name: string, header: string): Promise<ReadonlyArray<string>> => {
    const response = responseWith(header)
    const works = {
      "challenge-parser": () => ours(response),
      oauth4webapi: () => oauth4webapi(response),
      sdk: () => sdk(response)
    }
    return row(name, await medians(works, { batches: BATCHES, batchMillis: 15 }))
  }
  const coldRow = (name: string, shape: ReadonlyArray<string>): ReadonlyArray<string> =>
    row(name, {
      "challenge-parser": cold("challenge-parser", shape),
      oauth4webapi: cold("oauth4webapi", shape),
      sdk: cold("sdk", shape)
    })
  const readings = (header: string) =>
    Promise.all([ours, oauth4webapi, sdk].map(({ read }) => read(responseWith(header))))

  const ordinary = `an ordinary challenge (${NORMAL.length} characters)`
  const warmRows = [await warmRow("the shortest, `Bearer`", "Bearer"), await warmRow(ordinary, NORMAL)]
  const coldRows = [coldRow(ordinary, [])]
  const foundRows = [[ordinary, ...(await readings(NORMAL)).map(({ found }) => found)]]
  for (const [shape, header] of Object.entries(HOSTILE)) {
    warmRows.push(await warmRow(shape, header))
    coldRows.push(coldRow(shape, [shape]))
    foundRows.push([shape, ...(await readings(header)).map(({ found }) => found)])
  }
  const mentioned = (await readings(MENTION)).map(({ resourceMetadata }) => resourceMetadata ?? "none")

  const names = ["challenge-parser", "oauth4webapi", "SDK"]
  const timed = ["header", ...names, "oauth4webapi / ours", "SDK / ours"]
  return `## Reading \`WWW-Authenticate\`

Each parser gets a \`Response\`, since two of them take nothing else. The parser of \`oauth4webapi\` is reached through
\`processRefreshTokenResponse\`, which rejects with the challenges: that rejection is in its times, and the row of the shortest
header shows how much it is. SDK is \`extractWWWAuthenticateParams\` of \`@modelcontextprotocol/client\`, which searches for four
parameters with regular expressions and reads no grammar. From the third row on a header has 100 kB.

Warm, the median of ${BATCHES} batches that take turns (of 3 where a call takes longer than a fifth of a second):

${table(timed, warmRows)}

The first call of a process, the fastest of ${COLD_RUNS} processes:

${table(timed, coldRows)}

What came of it. \`ChallengeMalformed\` and \`ParameterRepeated\` are refusals, made at the first character that is wrong, or at the
257th element of a list:

${table(["header", ...names], foundRows)}

The \`resource_metadata\` that was read of \`${MENTION}\`:

${table(names, [mentioned])}
`
}
