// What a grant takes in memory and on disk, by the store alone. A process of its own for each, with --expose-gc.
import { statSync } from "node:fs"
import * as Effect from "effect/Effect"
import { openSqliteStore } from "../../packages/as-store-sql/src/index.ts"
import { addGrantsOfMany } from "./many-grants.ts"

const [, , path = ":memory:"] = process.argv

// The first ones fill what the process has at hand in any case.
const FIRST = 40_000
const COUNTED = 40_000

/** Bytes that are in use, by JavaScript and by SQLite. */
const used = (): number => {
  for (let time = 0; time < 4; time++) globalThis.gc?.()
  const { heapTotal, heapUsed, rss } = process.memoryUsage()
  return rss - heapTotal + heapUsed
}

const store = await Effect.runPromise(openSqliteStore({ path, durability: "process" }))
await addGrantsOfMany(store, [0, FIRST])
const before = used()
await addGrantsOfMany(store, [FIRST, FIRST + COUNTED])
const memory = (used() - before) / COUNTED
// The last to close the database moves what is written into the one file.
await Effect.runPromise(store.close)
const disk = path === ":memory:" ? 0 : statSync(path).size / (FIRST + COUNTED)
process.stdout.write(JSON.stringify({ memory, disk }))
