import * as Effect from "effect/Effect"
import type { Engine } from "./engine.ts"
import { CLOCK_TOLERANCE_SECONDS, HOUSEKEEPING_SECONDS, PURGE_BATCH, PURGE_PAUSE_MILLIS } from "./limits.ts"
import { nowSeconds } from "./now.ts"
import type { Store, StoreFailed } from "./store.ts"

/**
 * Removes what has expired until nothing is left, in small transactions with a pause after each, so that no request waits long
 * for the store; how many rows went or were put off.
 */
export const removeExpired = Effect.fnUntraced(function* (
  store: Pick<Store, "purge">
): Effect.fn.Return<number, StoreFailed> {
  let total = 0
  for (;;) {
    // By another process's clock it may not have expired yet, and what was used once must not become new to that one.
    const removed = yield* store.purge((yield* nowSeconds) - CLOCK_TOLERANCE_SECONDS, PURGE_BATCH)
    if (removed === 0) return total
    total += removed
    yield* Effect.sleep(PURGE_PAUSE_MILLIS)
  }
})

/** Does so every minute, for ever: a round that fails is told, and made good by the next one. */
export const keepHouse = ({ store, tell }: Pick<Engine, "store" | "tell">): Effect.Effect<never> =>
  removeExpired(store).pipe(
    Effect.catch(({ message }) => tell({ event: "unavailable", detail: message })),
    // What was thrown is not told: it may hold anything.
    Effect.catchDefect(() => tell({ event: "defect", detail: "housekeeping" })),
    Effect.andThen(Effect.sleep(HOUSEKEEPING_SECONDS * 1000)),
    Effect.forever
  )
