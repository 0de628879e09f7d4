import type * as Effect from "effect/Effect"
import type { Store, StoreFailed } from "../store.ts"

/** An empty store that a check may fill. */
export interface OpenedStore {
  readonly store: Store
  /** Closes the store and opens it anew over the same state; absent for a store that ends with its process. */
  readonly reopen?: (() => Promise<Store>) | undefined
  /** Called when the check is done. */
  readonly close: () => Promise<void>
}

/** One thing that a store must do: answers what it did wrong, one sentence each. */
export interface StoreCheck {
  /** A sentence about what holds. */
  readonly name: string
  /** Answers one sentence for each thing that the store did wrong. */
  readonly run: (opened: OpenedStore) => Effect.Effect<ReadonlyArray<string>, StoreFailed>
}
