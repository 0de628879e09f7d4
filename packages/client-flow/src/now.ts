import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Seconds since 1970. */
export const now: Effect.Effect<number> = Effect.map(Clock.currentTimeMillis, (millis) => Math.floor(millis / 1000))
