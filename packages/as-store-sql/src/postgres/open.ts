import type { Store } from "@postern/as-core"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { makeStore } from "../make-store.ts"
import { type Connections, makeConnections } from "./client.ts"
import { isNotReady, nodeCode, sqlState } from "./error.ts"
import { migrate } from "./migrate.ts"
import { makeRunner } from "./runner.ts"
import { PostgresUnavailable, type PostgresUnavailableReason } from "./unavailable.ts"

/** Where the store lives, and how it is reached. Times are milliseconds. */
export interface PostgresStoreOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full`. */
  readonly url: string
  /** The schema of its tables, made when there is none; `postern` unless told. */
  readonly schema?: string
  /** At most so many connections; 10 unless told. */
  readonly connections?: number
  /** How long a connection is waited for; 5000 unless told. */
  readonly connectTimeout?: number
  /** How long a statement may take, the wait for locks included; 5000 unless told. */
  readonly statementTimeout?: number
}

/** The authorization server's state in one schema of a PostgreSQL database. */
export interface PostgresStore extends Store {
  /** Ends what is under way and closes the connections; every later call fails with `StoreFailed`. */
  readonly close: Effect.Effect<void>
}

// PostgreSQL cuts longer names off.
const SCHEMA = /^[A-Za-z_]\w{0,62}$/

/** The database's place without what must not be told: user, password and parameters. */
const placeOf = (url: string): string | undefined => {
  if (!URL.canParse(url)) return undefined
  const { protocol, host, pathname } = new URL(url)
  return protocol === "postgres:" || protocol === "postgresql:" ? `postgres://${host}${pathname}` : undefined
}

// A certificate that is not trusted, a server that speaks something else, or a file of `sslrootcert` that is not there.
const isAboutTls = (error: unknown): boolean =>
  /CERT|TLS|SSL|UNABLE_TO|EPROTO/.test(nodeCode(error) ?? "") ||
  (error instanceof Error && "syscall" in error && error.syscall === "open")

const explain = (error: unknown): PostgresUnavailableReason => {
  const state = sqlState(error)
  if (state === undefined) return isAboutTls(error) ? "tls" : "unreachable"
  if (isNotReady(error) || state === "53300") return "not-ready"
  if (state.startsWith("28")) return "authentication"
  // A lock that was waited for too long.
  if (state === "57014" || state === "55P03") return "busy"
  if (state === "3D000") return "database-missing"
  // A server that only reads is the copy of another one.
  return state === "42501" || state === "25006" ? "permission" : "other"
}

const prepare = (connections: Connections, database: string): Effect.Effect<void, PostgresUnavailable> =>
  Effect.tryPromise({
    try: () => migrate(connections),
    catch: (error) => new PostgresUnavailable({ database, reason: explain(error), cause: error })
  }).pipe(
    Effect.flatMap((reason) =>
      reason === undefined ? Effect.void : Effect.fail(new PostgresUnavailable({ database, reason }))
    )
  )

/**
 * Opens the store, making its schema and tables when there are none. A server that cannot be reached yet is waited for, at most
 * 5 seconds.
 */
export const openPostgresStore = (options: PostgresStoreOptions): Effect.Effect<PostgresStore, PostgresUnavailable> =>
  Effect.suspend(() => {
    const { url, schema = "postern", connections = 10, connectTimeout = 5000, statementTimeout = 5000 } = options
    const database = placeOf(url)
    if (database === undefined) {
      return Effect.fail(new PostgresUnavailable({ database: "(not named)", reason: "url-invalid" }))
    }
    if (!SCHEMA.test(schema)) return Effect.fail(new PostgresUnavailable({ database, reason: "schema-invalid" }))
    const opened = makeConnections({ url, schema, connections, connectTimeout, statementTimeout })
    return prepare(opened, database).pipe(
      Effect.retry({
        while: ({ reason }) => reason === "unreachable" || reason === "not-ready",
        schedule: Schedule.spaced("100 millis").pipe(Schedule.jittered, Schedule.upTo({ duration: "5 seconds" }))
      }),
      Effect.onError(() => Effect.promise(() => opened.pool.end())),
      Effect.map(() => makeStore(makeRunner(opened)))
    )
  }).pipe(Effect.withSpan("as-store-sql.open"))
