import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import { openSqliteStore } from "../../packages/as-store-sql/src/index.ts"
import type { Ground, Kind, Place } from "./ground.ts"

const prepare = async (): Promise<Ground> => {
  const folder = mkdtempSync(join(tmpdir(), "postern-soak-"))
  const path = join(folder, "as.sqlite")
  // Makes the tables.
  const store = await Effect.runPromise(openSqliteStore({ path, durability: "process" }))
  await Effect.runPromise(store.close)
  const within = <A>(use: (database: DatabaseSync) => A): A => {
    const database = new DatabaseSync(path, { timeout: 5000 })
    try {
      return use(database)
    } finally {
      database.close()
    }
  }
  const survives = (durability: "process" | "power"): Place => ({ kind: "sqlite", path, durability })
  return {
    name: "sqlite",
    place: survives("process"),
    places: [survives("process"), survives("power")],
    servers: 1,
    rows: async (sql) => within((database) => database.prepare(sql).all()),
    complaints: async () =>
      within((database) => [
        ...database
          .prepare("PRAGMA integrity_check")
          .all()
          .flatMap(({ integrity_check: said }) => (said === "ok" ? [] : [String(said)])),
        ...database
          .prepare("PRAGMA foreign_key_check")
          .all()
          .map((row) => JSON.stringify(row))
      ]),
    hold: async () => {
      const database = new DatabaseSync(path, { timeout: 5000 })
      database.exec("BEGIN IMMEDIATE")
      return async () => {
        database.exec("ROLLBACK")
        database.close()
      }
    },
    disturbances: [],
    close: async () => rmSync(folder, { recursive: true, force: true })
  }
}

/** SQLite in a file; what an answer survives changes from one start to the next. */
export const sqlite: Kind = { name: "sqlite", prepare, close: async () => undefined }
