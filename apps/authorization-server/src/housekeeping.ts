import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Store } from "@postern/as-core"

/** Rows of each kind that one round removes at most. */
const LIMIT = 10_000

/**
 * Removes what has expired from a store, round after round, until the function that it returns is called. A round that fails is
 * made good by the next one. It does not keep the process alive.
 */
export const keepHouse = (store: Pick<Store, "purge">, everyMillis: number): (() => void) => {
  const round = Effect.flatMap(Clock.currentTimeMillis, (now) => store.purge(Math.floor(now / 1000), LIMIT))
  const timer = setInterval(() => void Effect.runPromise(Effect.ignore(round)), everyMillis)
  timer.unref()
  return () => clearInterval(timer)
}
