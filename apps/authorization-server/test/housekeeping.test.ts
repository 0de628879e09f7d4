import { keepHouse } from "@postern/app-authorization-server"
import { openSqliteStore } from "@postern/as-store-sql"
import { StoreFailed } from "@postern/as-core"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"

it("removes what has expired, again after a round that failed, until it is stopped", async () => {
  const store = await Effect.runPromise(openSqliteStore({ path: ":memory:" }))
  const now = Math.floor(Date.now() / 1000)
  await Effect.runPromise(store.addSession({ idHash: "expired", expiresAt: now - 10 }))
  await Effect.runPromise(store.addSession({ idHash: "alive", expiresAt: now + 1000 }))
  const rounds: Array<number> = []
  const stop = keepHouse(
    {
      purge: (at, limit) =>
        rounds.length === 0
          ? Effect.suspend(() => {
              rounds.push(-1)
              return Effect.fail(new StoreFailed({ operation: "purge" }))
            })
          : Effect.tap(store.purge(at, limit), (removed) => Effect.sync(() => rounds.push(removed)))
    },
    5
  )
  await expect.poll(() => rounds.length).toBeGreaterThan(2)
  stop()
  expect(rounds.slice(0, 3)).toEqual([-1, 1, 0])
  expect(await Effect.runPromise(store.findSession("alive", now))).toMatchObject({ idHash: "alive" })
  // A round that had begun may end; after that there is none.
  await new Promise((resolve) => setTimeout(resolve, 50))
  const { length } = rounds
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(rounds).toHaveLength(length)
  await Effect.runPromise(store.close)
})
