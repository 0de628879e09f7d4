import type { Store } from "@postern/as-core"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { addClient, findClient } from "./clients.ts"
import { findCode, redeem } from "./codes.ts"
import { endGrant } from "./grants.ts"
import { addInteraction, approve, deny, findInteraction, signIn } from "./interactions.ts"
import { openDatabase, type SqliteStoreOptions } from "./open-database.ts"
import { purge } from "./purge.ts"
import { findRefreshToken, rotate } from "./refresh-tokens.ts"
import { addSession, findSession } from "./sessions.ts"
import { makeRunner, type Runner } from "./sqlite.ts"
import { remember } from "./spent-ids.ts"
import { type Body, statement } from "./statement.ts"
import { StoreUnavailable } from "./unavailable.ts"

/** The authorization server's state in one SQLite database. */
export interface SqliteStore extends Store {
  /** Commits what is queued and closes the database; every later call fails with `StoreFailed`. */
  readonly close: Effect.Effect<void>
}

function* check(): Body<void> {
  yield statement("SELECT version FROM postern_schema LIMIT 1")
}

const makeStore = (runner: Runner): SqliteStore => ({
  addClient: (client, limits) => runner.write("addClient", () => addClient(client, limits)),
  findClient: (clientId) => runner.read("findClient", () => findClient(clientId)),
  addSession: (session) => runner.write("addSession", () => addSession(session)),
  findSession: (idHash, now) => runner.read("findSession", () => findSession(idHash, now)),
  addInteraction: (interaction, limits) => runner.write("addInteraction", () => addInteraction(interaction, limits)),
  findInteraction: (idHash, now) => runner.read("findInteraction", () => findInteraction(idHash, now)),
  signIn: (change) => runner.write("signIn", () => signIn(change)),
  approve: (change) => runner.write("approve", () => approve(change)),
  deny: (change) => runner.write("deny", () => deny(change)),
  findCode: (codeHash) => runner.read("findCode", () => findCode(codeHash)),
  redeem: (change) => runner.write("redeem", () => redeem(change)),
  findRefreshToken: (tokenHash) => runner.read("findRefreshToken", () => findRefreshToken(tokenHash)),
  rotate: (change) => runner.write("rotate", () => rotate(change)),
  remember: (id, now) => runner.write("remember", () => remember(id, now)),
  endGrant: (grantId, now) => runner.write("endGrant", () => endGrant(grantId, now)),
  purge: (now, limit) => runner.write("purge", () => purge(now, limit)),
  check: runner.read("check", check),
  close: runner.close
})

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
