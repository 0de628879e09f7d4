import * as Effect from "effect/Effect"
import type { LoginKey } from "./store.ts"

interface Place {
  readonly before: Promise<void> | undefined
  readonly leave: () => void
}

/** Runs effects for one login one after another, in the order in which they came. */
export const makeQueue = () => {
  const ends = new Map<string, Promise<void>>()
  const enter = ({ account, issuer, resource }: LoginKey): Place => {
    const login = JSON.stringify([issuer, resource, account])
    const before = ends.get(login)
    const { promise, resolve } = Promise.withResolvers<void>()
    // Who stops waiting lets the next one in only after those who came before.
    const end = Promise.all([before, promise]).then(() => undefined)
    ends.set(login, end)
    const leave = () => {
      resolve()
      if (ends.get(login) === end) ends.delete(login)
    }
    return { before, leave }
  }
  // Whoever has a place leaves it, at whatever step they are interrupted: all later work of the login waits for that.
  return <A, E>(key: LoginKey, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.acquireUseRelease(
      Effect.sync(() => enter(key)),
      ({ before }) =>
        Effect.andThen(
          Effect.promise(async () => before),
          effect
        ),
      ({ leave }) => Effect.sync(leave)
    )
}
