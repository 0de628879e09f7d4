// Stores and servers under load, killed and led astray for as long as one likes: `pnpm soak`, see soak/README.md.
import { BrokenRule } from "./broken-rule.ts"
import { runClient } from "./client/run.ts"
import { runFaults } from "./faults/run.ts"
import { runKills } from "./kills/run.ts"
import { type Options, type Part, readOptions, USAGE } from "./options.ts"
import { runRaces } from "./races/run.ts"
import { runSelfTest } from "./self-test.ts"
import type { Kind } from "./stores/ground.ts"
import { postgres } from "./stores/postgres.ts"
import { sqlite } from "./stores/sqlite.ts"

const kinds: ReadonlyArray<Kind> = [sqlite, postgres]

/** Between two lines of progress. */
const PROGRESS_MILLIS = 10_000

const began = performance.now()
const say = (line: string): void =>
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`)

/** Tells the first line, and then one every ten seconds. */
const makeProgress = (name: string) => {
  let last = -PROGRESS_MILLIS
  return (line: string): void => {
    if (performance.now() - last < PROGRESS_MILLIS) return
    last = performance.now()
    say(`${name}: ${line}`)
  }
}

interface Row {
  readonly name: string
  readonly seen: string
  readonly seconds: number
}

const runPart = async (kind: Kind, part: Exclude<Part, "client">, options: Options): Promise<string> => {
  const { kills, rounds, seed } = options
  const tell = makeProgress(`${kind.name}, ${part}`)
  if (part === "faults") return (await runFaults(kind, { seed })).join("\n           ")
  const ground = await kind.prepare()
  try {
    if (part === "races")
      return `${await runRaces(ground, { rounds, seed, tell })} races of 64 callers, every rule held`
    const figures = await runKills(ground, { kills, seed, tell })
    return `${figures.kills} kills, ${figures.logins} logins, ${figures.inDoubt} of them in doubt: nothing lost, nothing back, nothing half done`
  } finally {
    await ground.close()
  }
}

const runKind = async (kind: Kind, options: Options): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  for (const part of options.parts) {
    if (part === "client") continue
    const start = performance.now()
    const seen = await runPart(kind, part, options)
    rows.push({ name: `${kind.name}, ${part}`, seen, seconds: (performance.now() - start) / 1000 })
  }
  return rows
}

/** Of the client, whose rounds are some hundred times as long. */
const runClientPart = async ({ kills, parts, rounds, seed }: Options): Promise<ReadonlyArray<Row>> => {
  if (!parts.includes("client")) return []
  const start = performance.now()
  const client = { rounds: Math.ceil(rounds / 10), kills: Math.ceil(kills / 2), seed }
  const { unwritten } = await runClient({ ...client, tell: makeProgress("client") })
  const seen = `${client.rounds} rounds of two processes, one refresh in each; ${client.kills} kills, ${unwritten} of them between an answer and the file: no login lost`
  return [{ name: "client", seen, seconds: (performance.now() - start) / 1000 }]
}

/** All stores at the same time: each waits a good deal. */
const soak = async (options: Options): Promise<ReadonlyArray<Row>> => {
  const wanted = kinds.filter(({ name }) => options.store === undefined || options.store === name)
  if (wanted.length === 0) throw new Error(`--store is one of ${kinds.map(({ name }) => name).join(", ")}`)
  return (await Promise.all([...wanted.map((kind) => runKind(kind, options)), runClientPart(options)])).flat()
}

const run = async (options: Options): Promise<number> => {
  const { seed } = options
  say(`seed ${seed}`)
  if (options.selfTest) {
    const missed = await runSelfTest(seed, say)
    return missed.length === 0 ? 0 : 1
  }
  for (const { name, seconds, seen } of await soak(options))
    console.log(`${name} (${seconds.toFixed(1)} s)\n           ${seen}`)
  return 0
}

const args = process.argv.slice(2)
try {
  const options = readOptions(args)
  process.exitCode = await run(options).catch((error: unknown) => {
    if (!(error instanceof BrokenRule)) throw error
    const seed = args.includes("--seed") ? [] : ["--seed", options.seed]
    console.error(`\nA RULE WAS BROKEN: ${error.message}\n\nAgain: pnpm soak ${[...args, ...seed].join(" ")}`)
    return 1
  })
} catch (error) {
  process.exitCode = 1
  console.error(error instanceof Error ? `${error.stack}\n\n${USAGE}` : error)
}
await Promise.all(kinds.map((kind) => kind.close()))
// Whatever is still open belongs to what was led astray.
process.exit()
