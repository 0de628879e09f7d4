import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

// Effect's own tracer keeps nothing of a span, and making one costs as much as the cheapest requests do.
const keepsNothing = /*#__PURE__*/ Context.get(Context.empty(), Tracer.Tracer)

/** A span around it, for a tracer that somebody has provided. */
export const traced = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.tracer, (tracer) =>
    // Where a request came from is in no stack trace, and taking one costs each of them.
    tracer === keepsNothing ? effect : Effect.withSpan(effect, name, { captureStackTrace: false })
  )
