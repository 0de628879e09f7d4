import * as Effect from "effect/Effect"
import { leadForward } from "./lead-forward.ts"
import { type ClosableStore, makeStore } from "./make-store.ts"
import type { Runner } from "./runner.ts"
import { StoreUnavailable } from "./unavailable.ts"

/** A database that speaks SQLite's dialect, by what runs a transaction on it. */
export interface OpenStoreOptions {
  readonly runner: Runner
  /** Where it is, for the message of a failure. */
  readonly path: string
}

/** The store on a database of your own, its tables made when there are none and led forward when they are older. */
export const openStore = ({ path, runner }: OpenStoreOptions): Effect.Effect<ClosableStore, StoreUnavailable> =>
  runner.write("migrate", leadForward).pipe(
    Effect.mapError((cause) => new StoreUnavailable({ path, reason: "other", cause })),
    Effect.flatMap((reason) =>
      reason === undefined ? Effect.succeed(makeStore(runner)) : Effect.fail(new StoreUnavailable({ path, reason }))
    ),
    Effect.withSpan("as-store-sql.open")
  )
