import type { PoolClient } from "pg"
import { integer, text } from "../fields.ts"
import type { Connections } from "./client.ts"
import { postgresMigrations } from "./schema.ts"
import { turnKey } from "./statements.ts"
import type { PostgresUnavailableReason } from "./unavailable.ts"

// Whoever has the right may have made the schema; asking for it first needs no right.
const makeSchema = async (client: PoolClient, schema: string): Promise<void> => {
  const { rows } = await client.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema])
  if (rows.length === 0) await client.query(`CREATE SCHEMA "${schema}"`)
}

/** The tables of the schema, apart from those of extensions. */
const tables = async (client: PoolClient, schema: string): Promise<ReadonlySet<string>> => {
  const { rows } = await client.query(
    `SELECT relname::text AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = $1 AND relkind IN ('r', 'p', 'f') AND NOT EXISTS
       (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')`,
    [schema]
  )
  return new Set(rows.map((row) => text(row, "name")))
}

const apply = async (client: PoolClient, schema: string): Promise<PostgresUnavailableReason | undefined> => {
  const { rows: settings } = await client.query("SELECT current_setting('server_encoding') AS encoding")
  if (text(settings[0] ?? {}, "encoding") !== "UTF8") return "encoding"
  await makeSchema(client, schema)
  const found = await tables(client, schema)
  if (found.size > 0 && !found.has("postern_schema")) return "foreign-schema"
  if (found.size === 0) {
    await client.query("CREATE TABLE postern_schema (version BIGINT PRIMARY KEY)")
    await client.query("INSERT INTO postern_schema (version) VALUES (0)")
  }
  const { rows: versions } = await client.query("SELECT max(version) AS version FROM postern_schema")
  const current = integer(versions[0] ?? {}, "version")
  if (current > postgresMigrations.length) return "newer-schema"
  for (const [step, sql] of postgresMigrations.entries()) {
    if (step < current) continue
    await client.query(sql)
    await client.query("INSERT INTO postern_schema (version) VALUES ($1)", [step + 1])
  }
  return undefined
}

/**
 * Leads the schema to this program's version in one transaction, or says why it must not be touched. Of several processes one
 * does, and the others wait for it.
 */
export const migrate = async ({ pool, schema }: Connections): Promise<PostgresUnavailableReason | undefined> => {
  const client = await pool.connect()
  try {
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE")
    await client.query("SELECT pg_advisory_xact_lock($1)", [turnKey(schema, "schema")])
    const reason = await apply(client, schema)
    await client.query(reason === undefined ? "COMMIT" : "ROLLBACK")
    client.release()
    return reason
  } catch (error) {
    client.release(true)
    throw error
  }
}
