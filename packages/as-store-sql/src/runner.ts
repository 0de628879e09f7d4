import type { StoreFailed } from "@postern/as-core"
import type * as Effect from "effect/Effect"
import type { Body } from "./statement.ts"

/** Runs bodies on one database. */
export interface Runner {
  /** Runs a body that reads with one statement: it sees the last committed state and waits for nobody. */
  readonly read: <A>(operation: string, body: () => Body<A>) => Effect.Effect<A, StoreFailed>
  /**
   * Runs a body as one transaction and answers when it is committed. Those with the same `turn` run one after the other, which
   * SQLite's transactions do in any case: it is for what finds no row that it could lock.
   */
  readonly write: <A>(operation: string, body: () => Body<A>, turn?: string) => Effect.Effect<A, StoreFailed>
  /** Commits what is queued and closes the database; later calls fail. */
  readonly close: Effect.Effect<void>
}
