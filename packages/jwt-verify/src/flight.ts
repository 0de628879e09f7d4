import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Work of which one piece at a time is under way, however many wait for it. */
export interface Flight {
  readonly isUnderWay: (nowMillis: number) => boolean
  /** Waits for the work that is under way, or begins it. */
  readonly join: (work: Effect.Effect<void>, nowMillis: number) => Effect.Effect<void>
}

interface Begun {
  readonly fiber: Fiber.Fiber<void>
  readonly at: number
}

/**
 * Makes a flight for work that ends by itself within `limitMillis`. The work is no part of who began it: a peer that hangs up
 * ends neither the work nor what is written down after it. Work that has not ended long after its limit never will (some
 * runtimes stop all that a request began when the request ends): it is waited for no longer, and the next one begins anew.
 */
export const makeFlight = (limitMillis: number): Flight => {
  const patience = limitMillis + 1000
  let begun: Begun | undefined

  const isUnderWay = (nowMillis: number): boolean =>
    begun !== undefined && nowMillis >= begun.at && nowMillis - begun.at < patience

  const begin = (work: Effect.Effect<void>, at: number): Effect.Effect<Begun> =>
    // In one step from the question to the answer: between them nobody else begins.
    Effect.contextWith((context) => {
      if (begun !== undefined && isUnderWay(at)) return Effect.succeed(begun)
      const flight: Begun = { fiber: Effect.runForkWith(context)(work), at }
      begun = flight
      flight.fiber.addObserver(() => {
        if (begun === flight) begun = undefined
      })
      return Effect.succeed(flight)
    })

  return {
    isUnderWay,
    join: (work, nowMillis) =>
      Effect.flatMap(begin(work, nowMillis), ({ fiber }) =>
        Effect.timeoutOrElse(Fiber.join(fiber), { duration: patience, orElse: () => Effect.void })
      )
  }
}
