import * as Effect from "effect/Effect"
import type { LoginKey } from "./store.ts"

/** Runs effects for one login one after another, in the order in which they came. */
export const makeQueue = () => {
  const ends = new Map<string, Promise<void>>()
  return <A, E>({ account, issuer, resource }: LoginKey, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const login = JSON.stringify([issuer, resource, account])
      const before = ends.get(login)
      const { promise, resolve } = Promise.withResolvers<void>()
      // Who stops waiting lets the next one in only after those who came before.
      const end = Promise.all([before, promise]).then(() => undefined)
      ends.set(login, end)
      const leave = Effect.sync(() => {
        resolve()
        if (ends.get(login) === end) ends.delete(login)
      })
      return Effect.ensuring(
        Effect.andThen(
          Effect.promise(async () => before),
          effect
        ),
        leave
      )
    })
}
