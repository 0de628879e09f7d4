// What a grant takes in memory and on disk, by the store alone. A process of its own for each, with --expose-gc.
import { statSync } from "node:fs"
import * as Effect from "effect/Effect"
import { makeMemoryStore } from "../../packages/as-core/src/memory.ts"
import { openSqliteStore } from "../../packages/as-store-sql/src/index.ts"
import { addGrantsOfMany, addGrantsOfOne } from "./many-grants.ts"

/** Bytes. */
interface Cost {
  readonly memory: number
  readonly disk: number
}

/** Of a person's first grant, with their session and consent, and of a further one. */
export interface Costs {
  readonly first: Cost
  readonly further: Cost
}

const [, , path = ":memory:"] = process.argv

// The first ones fill what the process has at hand in any case.
const FIRST = 20_000
const COUNTED = 40_000

/**
 * Bytes that are in use. A store in memory is nothing but JavaScript's values, which are counted to the byte; with a file it is
 * all of the process, for SQLite has memory of its own.
 */
const measure = (): Cost => {
  for (let time = 0; time < 4; time++) globalThis.gc?.()
  const { external, heapTotal, heapUsed, rss } = process.memoryUsage()
  if (path === ":memory:") return { memory: heapUsed + external, disk: 0 }
  return { memory: rss - heapTotal + heapUsed, disk: statSync(path).size }
}

/** What one of the counted took. */
const costOf = (before: Cost, after: Cost): Cost => ({
  memory: (after.memory - before.memory) / COUNTED,
  disk: (after.disk - before.disk) / COUNTED
})

const file = path === ":memory:" ? undefined : await Effect.runPromise(openSqliteStore({ path, durability: "process" }))
const store = file ?? makeMemoryStore()
await addGrantsOfMany(store, [0, FIRST])
const begin = measure()
await addGrantsOfMany(store, [FIRST, FIRST + COUNTED])
const middle = measure()
await addGrantsOfOne(store, [FIRST + COUNTED, FIRST + 2 * COUNTED], { subject: "one person" })
const costs: Costs = { first: costOf(begin, middle), further: costOf(middle, measure()) }
if (file !== undefined) await Effect.runPromise(file.close)
process.stdout.write(JSON.stringify(costs))
