import { StoreFailed } from "@postern/as-core"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { keepHouse, removeExpired } from "../src/housekeeping.ts"
import type { ServerEvent } from "../src/options.ts"
import { makeWorld } from "./fixture.ts"
import { makeMemoryStore } from "./memory-store.ts"
import { clockOf } from "./clock.ts"

const now = 1_800_000_000

/** A clock that writes down how long somebody sleeps, in milliseconds, and lets them after `nights` no more. */
const sleeper = (slept: Array<number>, nights = Number.POSITIVE_INFINITY): Clock.Clock =>
  clockOf(
    () => now * 1000,
    (duration) =>
      Effect.suspend(() => {
        slept.push(Duration.toMillis(duration))
        return slept.length < nights ? Effect.void : Effect.never
      })
  )

const session = (name: string, expiresAt: number) => ({ idHash: name.padEnd(43, "A"), expiresAt })

describe("what has expired", () => {
  it("[STO-11] leaves in batches of 200 rows with a pause after each, until nothing is left, and nothing else does", async () => {
    const store = makeMemoryStore()
    for (let index = 0; index < 450; index++) {
      await Effect.runPromise(store.addSession(session(`old${index}`, now - 300)))
    }
    await Effect.runPromise(store.addSession(session("young", now - 299)))
    const batches: Array<readonly [number, number]> = []
    const counting = {
      purge: (at: number, limit: number) =>
        Effect.tap(store.purge(at, limit), (removed) => Effect.sync(() => batches.push([limit, removed])))
    }
    const slept: Array<number> = []
    const removed = Effect.provideService(removeExpired(counting), Clock.Clock, sleeper(slept))
    expect(await Effect.runPromise(removed)).toBe(450)
    expect(batches).toEqual([
      [200, 200],
      [200, 200],
      [200, 50],
      [200, 0]
    ])
    expect(slept).toHaveLength(3)
    // Five minutes are left to clocks that are behind this one.
    expect(await Effect.runPromise(store.findSession(session("young", 0).idHash, now - 300))).toBeDefined()
  })

  it("is looked for every minute, also after a round that failed, which is told, until it is stopped", async () => {
    const outcomes: Array<Effect.Effect<number, StoreFailed>> = [
      Effect.fail(new StoreFailed({ operation: "purge" })),
      Effect.die(new Error("a row that holds a secret"))
    ]
    const events: Array<ServerEvent> = []
    const slept: Array<number> = []
    const store = { ...makeMemoryStore(), purge: () => outcomes.shift() ?? Effect.succeed(0) }
    const keeping = keepHouse({ store, tell: (event) => Effect.sync(() => void events.push(event)) })
    const fiber = Effect.runFork(Effect.provideService(keeping, Clock.Clock, sleeper(slept, 3)))
    await expect.poll(() => slept.length).toBe(3)
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect(slept).toEqual([60_000, 60_000, 60_000])
    expect(events).toEqual([
      { event: "unavailable", detail: "the store failed at purge" },
      { event: "defect", detail: "housekeeping" }
    ])
  })

  it("is removed by a server that is asked to", async () => {
    const world = await makeWorld()
    await Effect.runPromise(world.store.addSession(session("old", 1)))
    expect(await Effect.runPromise(world.server.removeExpired)).toBe(1)
    await Effect.runPromise(world.store.addSession(session("old", 1)))
    const fiber = Effect.runFork(world.server.keepHouse)
    await expect.poll(() => world.store.dump()).not.toContain(session("old", 1).idHash)
    await Effect.runPromise(Fiber.interrupt(fiber))
  })
})
