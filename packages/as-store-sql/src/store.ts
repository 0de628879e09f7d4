import type { Store } from "@postern/as-core"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { makeStore } from "./make-store.ts"
import { openDatabase, type SqliteStoreOptions } from "./open-database.ts"
import { makeRunner } from "./sqlite.ts"
import { StoreUnavailable } from "./unavailable.ts"

/** The authorization server's state in one SQLite database. */
export interface SqliteStore extends Store {
  /** Commits what is queued and closes the database; every later call fails with `StoreFailed`. */
  readonly close: Effect.Effect<void>
}

/**
 * Opens the store, making the file and its tables when there are none. A database that another process is opening or
 * writing is waited for, at most 5 seconds.
 */
export const openSqliteStore = (options: SqliteStoreOptions): Effect.Effect<SqliteStore, StoreUnavailable> =>
  Effect.try({
    try: () => openDatabase(options),
    // Anything else would be our bug.
    catch: (error) => {
      if (error instanceof StoreUnavailable) return error
      throw error
    }
  }).pipe(
    Effect.retry({
      while: (error) => error.reason === "busy",
      schedule: Schedule.spaced("10 millis").pipe(Schedule.jittered, Schedule.upTo({ duration: "5 seconds" }))
    }),
    Effect.map((database) => makeStore(makeRunner(database))),
    Effect.withSpan("as-store-sql.open")
  )
