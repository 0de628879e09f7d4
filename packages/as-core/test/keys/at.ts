import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Runs an Effect at a time, in seconds since 1970. */
export const at = <A, E>(seconds: number, effect: Effect.Effect<A, E>): Promise<A> => {
  const millis = () => seconds * 1000
  const nanos = () => BigInt(millis()) * 1_000_000n
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: () => Effect.never
  }
  return Effect.runPromise(Effect.provideService(effect, Clock.Clock, clock))
}
