import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

type Sleep = Clock.Clock["sleep"]

/** A clock that is told the time, in milliseconds since 1970, and by which no deadline passes unless told. */
export const clockOf = (millis: () => number, sleep: Sleep = () => Effect.never): Clock.Clock => {
  const nanos = () => BigInt(Math.round(millis())) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep
  }
}

/** Sleeps as long as it says, whatever the clock is told. */
export const reallySleep: Sleep = (duration) =>
  Effect.callback((resume) => {
    const timer = setTimeout(() => resume(Effect.void), Duration.toMillis(duration))
    return Effect.sync(() => clearTimeout(timer))
  })
