import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

interface Flight<A, E> {
  readonly purpose: string
  readonly fiber: Fiber.Fiber<A, E>
  waiters: number
}

/** Does a piece of work at a place, or joins the one that is under way there for the same purpose. */
export type SingleFlight<A, E> = (place: string, purpose: string, work: Effect.Effect<A, E>) => Effect.Effect<A, E>

/**
 * At one place only one piece of work at a time. Callers with the same purpose share its outcome, good or bad; a caller with
 * another purpose waits for it to end and then does its own. The work stops when nobody waits for it any more.
 */
export const makeSingleFlight = <A, E>(): SingleFlight<A, E> => {
  const flights = new Map<string, Flight<A, E>>()

  const wait = (flight: Flight<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      flight.waiters++
      return Fiber.join(flight.fiber).pipe(
        Effect.onInterrupt(() => {
          flight.waiters--
          return flight.waiters === 0 ? Fiber.interrupt(flight.fiber) : Effect.void
        })
      )
    })

  const start = (place: string, purpose: string, work: Effect.Effect<A, E>): Effect.Effect<Flight<A, E>> =>
    Effect.map(Effect.forkDetach(work), (fiber) => {
      const flight: Flight<A, E> = { purpose, fiber, waiters: 0 }
      flights.set(place, flight)
      // An observer is called even when the fiber was interrupted before its first step.
      fiber.addObserver(() => {
        if (flights.get(place) === flight) flights.delete(place)
      })
      return flight
    })

  const join = (place: string, purpose: string, work: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const flight = flights.get(place)
      if (!flight) return Effect.flatMap(start(place, purpose, work), wait)
      if (flight.purpose === purpose) return wait(flight)
      return Effect.flatMap(Fiber.await(flight.fiber), () => join(place, purpose, work))
    })

  return join
}
