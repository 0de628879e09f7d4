import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { clockOf } from "../clock.ts"

/** Runs an Effect at a time, in seconds since 1970. */
export const at = <A, E>(seconds: number, effect: Effect.Effect<A, E>): Promise<A> => {
  const clock = clockOf(() => seconds * 1000)
  return Effect.runPromise(Effect.provideService(effect, Clock.Clock, clock))
}
