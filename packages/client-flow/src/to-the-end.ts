import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/**
 * Goes on to its end when nobody waits any more: with the answer to a token request that is out there, a login would be lost, or
 * tokens that nobody holds would stay good at the server.
 */
export const toTheEnd = <A, E>(work: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.forkDetach(work), Fiber.join)
