import type { DatabaseSync } from "node:sqlite"
import { integer } from "./fields.ts"
import { migrations } from "./schema.ts"
import type { UnavailableReason } from "./unavailable.ts"

const tables = (database: DatabaseSync): ReadonlySet<unknown> =>
  new Set(
    database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all()
      .map((row) => row["name"])
  )

const version = (database: DatabaseSync): number =>
  integer(database.prepare("SELECT max(version) AS version FROM postern_schema").get() ?? {}, "version")

const apply = (database: DatabaseSync): UnavailableReason | undefined => {
  const found = tables(database)
  if (found.size > 0 && !found.has("postern_schema")) return "foreign-database"
  if (found.size === 0) {
    database.exec("CREATE TABLE postern_schema (version INTEGER PRIMARY KEY) STRICT")
    database.exec("INSERT INTO postern_schema (version) VALUES (0)")
  }
  const current = version(database)
  if (current > migrations.length) return "newer-schema"
  const record = database.prepare("INSERT INTO postern_schema (version) VALUES (?)")
  for (const [step, sql] of migrations.entries()) {
    if (step < current) continue
    database.exec(sql)
    record.run(step + 1)
  }
  return undefined
}

/** Leads the schema to this program's version in one transaction, or says why it must not be touched. */
export const migrate = (database: DatabaseSync): UnavailableReason | undefined => {
  database.exec("BEGIN IMMEDIATE")
  try {
    const reason = apply(database)
    database.exec(reason === undefined ? "COMMIT" : "ROLLBACK")
    return reason
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw error
  }
}
