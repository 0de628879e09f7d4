import { integer, text } from "./fields.ts"
import { migrations } from "./schema.ts"
import { type Body, statement } from "./statement.ts"

/** Why the schema that was found must not be touched. */
export type SchemaRefused = "foreign-database" | "newer-schema"

/** The statements of a step: each ends at the end of a line. */
export const statementsOf = (step: string): ReadonlyArray<string> =>
  step
    .replaceAll(/^--.*$/gm, "")
    .split(/;$/m)
    .map((sql) => sql.trim())
    .filter((sql) => sql !== "")

// What SQLite and the platforms around it keep for themselves is no table of anybody's: `sqlite_stat1`, `_cf_METADATA`.
const TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table'
  AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`

/** Leads SQLite's schema to this program's version in one transaction, or says why it must not be touched. */
export function* leadForward(): Body<SchemaRefused | undefined> {
  const found = new Set((yield statement(TABLES)).map((row) => text(row, "name")))
  if (found.size > 0 && !found.has("postern_schema")) return "foreign-database"
  if (found.size === 0) {
    yield statement("CREATE TABLE postern_schema (version INTEGER PRIMARY KEY) STRICT")
    yield statement("INSERT INTO postern_schema (version) VALUES (0)")
  }
  const [newest = {}] = yield statement("SELECT max(version) AS version FROM postern_schema")
  const current = integer(newest, "version")
  if (current > migrations.length) return "newer-schema"
  for (const [step, sql] of migrations.entries()) {
    if (step < current) continue
    for (const one of statementsOf(sql)) yield statement(one)
    yield statement("INSERT INTO postern_schema (version) VALUES (?)", step + 1)
  }
  return undefined
}
