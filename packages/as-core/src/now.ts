import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Seconds since 1970, whole, as the protocol counts them. */
export const nowSeconds: Effect.Effect<number> = Clock.clockWith((clock) =>
  Effect.succeed(Math.floor(clock.currentTimeMillisUnsafe() / 1000))
)
