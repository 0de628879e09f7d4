import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { statementsOf } from "../src/lead-forward.ts"
import { migrations } from "../src/schema.ts"
import { openOwn } from "./own-database.ts"

const refusal = async (database: DatabaseSync) => {
  const result = await Effect.runPromise(Effect.result(openOwn(database)))
  return Result.isFailure(result) ? result.failure.reason : undefined
}

describe("a database of one's own", () => {
  it("may have been led forward before, and keeps what it holds", async () => {
    const database = new DatabaseSync(":memory:")
    const first = await Effect.runPromise(openOwn(database))
    await Effect.runPromise(first.addSession({ idHash: "h", subject: "s", expiresAt: 2 }))
    const again = await Effect.runPromise(openOwn(database))
    expect(await Effect.runPromise(again.findSession("h", 1))).toMatchObject({ subject: "s" })
  })

  it("is left as it is when it is somebody else's, newer or does not answer", async () => {
    const foreign = new DatabaseSync(":memory:")
    foreign.exec("CREATE TABLE theirs (a)")
    expect(await refusal(foreign)).toBe("foreign-database")
    const newer = new DatabaseSync(":memory:")
    newer.exec("CREATE TABLE postern_schema (version INTEGER); INSERT INTO postern_schema VALUES (1000)")
    expect(await refusal(newer)).toBe("newer-schema")
    const closed = new DatabaseSync(":memory:")
    closed.close()
    expect(await refusal(closed)).toBe("other")
  })

  it("may hold the tables of the platform around it", async () => {
    const database = new DatabaseSync(":memory:")
    database.exec("CREATE TABLE _cf_METADATA (key)")
    expect(await refusal(database)).toBeUndefined()
  })

  it("gets the same schema, statement by statement, as a file", () => {
    const [whole, parts] = [new DatabaseSync(":memory:"), new DatabaseSync(":memory:")]
    for (const step of migrations) {
      whole.exec(step)
      for (const sql of statementsOf(step)) parts.prepare(sql).run()
    }
    const names = "SELECT type, name FROM sqlite_schema ORDER BY type, name"
    expect(parts.prepare(names).all()).toEqual(whole.prepare(names).all())
  })
})
