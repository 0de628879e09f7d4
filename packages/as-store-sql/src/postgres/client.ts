import { type CustomTypesConfig, Pool } from "pg"

/** A pool of connections to one schema of one database. */
export interface Connections {
  readonly pool: Pool
  readonly schema: string
}

/** How a pool connects. */
export interface ConnectionOptions {
  readonly url: string
  readonly schema: string
  readonly connections: number
  readonly connectTimeout: number
  readonly statementTimeout: number
}

// A connection that nobody uses is closed after that time.
const IDLE_MILLIS = 30_000

// How much longer than the server's own limit an answer is waited for: then the connection is dead.
const GRACE_MILLIS = 1000

// int8, int4 and int2 as numbers, of which `integer` reads no other than safe ones; all else as the text that it is.
const integers: ReadonlySet<number> = new Set([20, 21, 23])
const types: CustomTypesConfig = {
  getTypeParser: (oid: number) => (integers.has(oid) ? Number : String)
}

const settings = `SELECT set_config('search_path', $1, false), set_config('statement_timeout', $2, false),
  set_config('idle_in_transaction_session_timeout', $3, false)`

/**
 * Makes the pool. `connectTimeout` bounds the wait for a connection too, and the server itself ends a statement that takes too
 * long and a transaction whose program is gone.
 */
export const makeConnections = (options: ConnectionOptions): Connections => {
  const { url, schema, connectTimeout, statementTimeout } = options
  const values = [`"${schema}"`, String(statementTimeout), String(2 * statementTimeout)]
  const pool = new Pool({
    connectionString: url,
    application_name: "postern",
    max: options.connections,
    connectionTimeoutMillis: connectTimeout,
    idleTimeoutMillis: IDLE_MILLIS,
    query_timeout: statementTimeout + GRACE_MILLIS,
    keepAlive: true,
    // What is queued is sent at once, without waiting for the answer to what was sent before.
    pipeline: true,
    types,
    verify: (client, done) => {
      client.query(settings, values, (error) => done(error))
    }
  })
  // A connection that breaks while nobody uses it has left the pool by then.
  pool.on("error", () => undefined)
  // One that breaks while it is used is told by what was asked.
  pool.on("connect", (client) => client.on("error", () => undefined))
  return { pool, schema }
}
