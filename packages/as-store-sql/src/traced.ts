import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

// Effect's own tracer keeps nothing of a span, and making one costs as much as a statement.
const keepsNothing = /*#__PURE__*/ Context.get(Context.empty(), Tracer.Tracer)

/** A span around it, for a tracer that somebody has provided. */
export const traced = <A, E>(name: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.tracer, (tracer) =>
    // And a stack trace for each statement would cost as much again.
    tracer === keepsNothing ? effect : Effect.withSpan(effect, name, { captureStackTrace: false })
  )
