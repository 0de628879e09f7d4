import { StoreFailed } from "@postern/as-core"
import { type Body, runBody, type Runner, type Statement, type Value } from "@postern/as-store-sql/any-sqlite"
import * as Effect from "effect/Effect"

/** What is used of the storage of a Durable Object that has SQLite. */
export interface DurableStorage {
  readonly sql: {
    readonly exec: (
      sql: string,
      ...parameters: ReadonlyArray<Value>
    ) => { readonly toArray: () => Array<Record<string, unknown>> }
  }
  /** Runs all of it or none: what throws takes its changes back. */
  readonly transactionSync: <A>(work: () => A) => A
}

/**
 * Runs the store's statements on a Durable Object. Nothing else runs in the object while a transaction does, and no answer leaves it
 * before what was written is on disk: that is what the platform promises.
 */
export const runnerOf = (storage: DurableStorage): Runner => {
  const ask = (statement: Statement) => storage.sql.exec(statement.sql, ...statement.parameters).toArray()
  const attempt = <A>(operation: string, work: () => A): Effect.Effect<A, StoreFailed> =>
    Effect.try({ try: work, catch: (cause) => new StoreFailed({ operation, cause }) })
  return {
    read: <A>(operation: string, body: () => Body<A>) => attempt(operation, () => runBody(body(), ask)),
    write: <A>(operation: string, body: () => Body<A>) =>
      attempt(operation, () => storage.transactionSync(() => runBody(body(), ask))),
    close: Effect.void
  }
}
