import type { DatabaseSync } from "node:sqlite"
import { StoreFailed } from "@postern/as-core"
import { openStore, runBody, type Runner, type Statement } from "@postern/as-store-sql/any-sqlite"
import * as Effect from "effect/Effect"

/** A runner that stands in for somebody's own: one transaction for each body, and nothing else. */
const runnerOf = (database: DatabaseSync): Runner => {
  const ask = ({ sql, parameters }: Statement) => database.prepare(sql).all(...parameters)
  const attempt = <A>(operation: string, work: () => A) =>
    Effect.try({ try: work, catch: (cause) => new StoreFailed({ operation, cause }) })
  return {
    read: (operation, body) => attempt(operation, () => runBody(body(), ask)),
    write: (operation, body) =>
      attempt(operation, () => {
        database.exec("BEGIN")
        try {
          const value = runBody(body(), ask)
          database.exec("COMMIT")
          return value
        } catch (error) {
          database.exec("ROLLBACK")
          throw error
        }
      }),
    close: Effect.sync(() => database.close())
  }
}

/** Opens a store on it. */
export const openOwn = (database: DatabaseSync) => openStore({ runner: runnerOf(database), path: "mine" })
