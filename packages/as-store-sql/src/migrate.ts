import type { DatabaseSync } from "node:sqlite"
import { leadForward, type SchemaRefused } from "./lead-forward.ts"
import { runBody } from "./run-body.ts"

/** Leads the schema to this program's version in one transaction, or says why it must not be touched. */
export const migrate = (database: DatabaseSync): SchemaRefused | undefined => {
  database.exec("BEGIN IMMEDIATE")
  try {
    const reason = runBody(leadForward(), ({ sql, parameters }) => database.prepare(sql).all(...parameters))
    database.exec(reason === undefined ? "COMMIT" : "ROLLBACK")
    return reason
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw error
  }
}
