import { randomUUID } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { makeConnections } from "../../packages/as-store-sql/src/postgres/client.ts"
import { openPostgresStore } from "../../packages/as-store-sql/src/postgres/index.ts"
import { type PostgresServer, startPostgres } from "../../packages/as-store-sql/test/postgres-server.ts"
import type { Disturbance, Ground, Kind, Place } from "./ground.ts"

const TIMES = { connectTimeout: 10_000, statementTimeout: 30_000 } as const

/** The other connections to this database, of servers and racers alike. */
const OTHERS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"

const prepare = async ({ url }: PostgresServer): Promise<Ground> => {
  const schema = `soak_${randomUUID().replaceAll("-", "")}`
  const store = await Effect.runPromise(openPostgresStore({ url, schema }))
  await Effect.runPromise(store.close)
  const { pool } = makeConnections({ url, schema, connections: 4, ...TIMES })
  const rows: Ground["rows"] = async (sql) => (await pool.query<Record<string, unknown>>(sql)).rows
  /** Until the server takes part again, after it has recovered. */
  const recovered = async (): Promise<void> => {
    for (;;) {
      const answers = await rows("SELECT 1").then(
        () => true,
        () => false
      )
      if (answers) return
      await delay(50)
    }
  }
  const disturbances: ReadonlyArray<Disturbance> = [
    {
      name: "all connections are ended",
      run: async () => {
        await rows(`SELECT pg_terminate_backend(pid) ${OTHERS}`)
      }
    },
    {
      // The server ends all others with it, and recovers from its log, as after the end of the machine's power.
      name: "kill -9 of one process of the database",
      run: async () => {
        const [one] = await rows(`SELECT pid ${OTHERS} ORDER BY random() LIMIT 1`)
        if (one !== undefined) process.kill(Number(one["pid"]), "SIGKILL")
        await recovered()
      }
    }
  ]
  const place: Place = { kind: "postgres", url, schema }
  return {
    name: "postgres",
    place,
    places: [place],
    servers: 2,
    rows,
    complaints: async () => [],
    hold: async () => {
      const client = await pool.connect()
      await client.query("BEGIN")
      await client.query("LOCK TABLE grants, codes, refresh_tokens, spent_ids IN ACCESS EXCLUSIVE MODE")
      return async () => {
        await client.query("ROLLBACK")
        client.release()
      }
    },
    // Its processes are on this machine.
    disturbances: process.env["POSTERN_TEST_POSTGRES"] === undefined ? disturbances : disturbances.slice(0, 1),
    close: async () => {
      await pool.query(`DROP SCHEMA "${schema}" CASCADE`)
      await pool.end()
    }
  }
}

let server: Promise<PostgresServer> | undefined

/** PostgreSQL, of which one server runs, or the one that `POSTERN_TEST_POSTGRES` names. */
export const postgres: Kind = {
  name: "postgres",
  prepare: async () => prepare(await (server ??= startPostgres())),
  close: async () => {
    await (await server)?.stop()
  }
}
