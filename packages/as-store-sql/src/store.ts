import type { Store } from "@postern/as-core"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { addAllowance, findAllowances, removeAllowance } from "./allowances.ts"
import { approve, approveByConsent } from "./approvals.ts"
import { addClient, findClient, findRegistration, removeClient, replaceClient } from "./clients.ts"
import { findCode, redeem } from "./codes.ts"
import { endConsents, findConsents } from "./consents.ts"
import { endGrant, findGrant } from "./grants.ts"
import { addInteraction, deny, findInteraction, signIn } from "./interactions.ts"
import { findKeyRing, saveKeyRing } from "./key-ring.ts"
import { openDatabase, type SqliteStoreOptions } from "./open-database.ts"
import { purge } from "./purge.ts"
import { findRefreshToken, rotate } from "./refresh-tokens.ts"
import { addSession, findSession } from "./sessions.ts"
import { isRemembered, remember } from "./spent-ids.ts"
import { makeRunner, type Runner } from "./sqlite.ts"
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
  addClient: (registration, limits) => runner.write("addClient", () => addClient(registration, limits)),
  findClient: (clientId) => runner.read("findClient", () => findClient(clientId)),
  findRegistration: (clientId) => runner.read("findRegistration", () => findRegistration(clientId)),
  replaceClient: (change) => runner.write("replaceClient", () => replaceClient(change)),
  removeClient: (change) => runner.write("removeClient", () => removeClient(change)),
  addSession: (session) => runner.write("addSession", () => addSession(session)),
  findSession: (idHash, now) => runner.read("findSession", () => findSession(idHash, now)),
  addInteraction: (interaction, limits) => runner.write("addInteraction", () => addInteraction(interaction, limits)),
  findInteraction: (idHash, now) => runner.read("findInteraction", () => findInteraction(idHash, now)),
  signIn: (change) => runner.write("signIn", () => signIn(change)),
  approve: (change) => runner.write("approve", () => approve(change)),
  deny: (change) => runner.write("deny", () => deny(change)),
  findConsents: (of) => runner.read("findConsents", () => findConsents(of)),
  approveByConsent: (change) => runner.write("approveByConsent", () => approveByConsent(change)),
  endConsents: (of) => runner.write("endConsents", () => endConsents(of)),
  addAllowance: (allowance) => runner.write("addAllowance", () => addAllowance(allowance)),
  removeAllowance: (allowance) => runner.write("removeAllowance", () => removeAllowance(allowance)),
  findAllowances: (of) => runner.read("findAllowances", () => findAllowances(of)),
  findCode: (codeHash) => runner.read("findCode", () => findCode(codeHash)),
  redeem: (change) => runner.write("redeem", () => redeem(change)),
  findRefreshToken: (chainHash) => runner.read("findRefreshToken", () => findRefreshToken(chainHash)),
  rotate: (change) => runner.write("rotate", () => rotate(change)),
  remember: (id, now) => runner.write("remember", () => remember(id, now)),
  isRemembered: (idHash, now) => runner.read("isRemembered", () => isRemembered(idHash, now)),
  findGrant: (grantId) => runner.read("findGrant", () => findGrant(grantId)),
  endGrant: (grantId, now) => runner.write("endGrant", () => endGrant(grantId, now)),
  findKeyRing: runner.read("findKeyRing", findKeyRing),
  saveKeyRing: (change) => runner.write("saveKeyRing", () => saveKeyRing(change)),
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
