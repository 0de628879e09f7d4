import { it as effectIt } from "@effect/vitest"
import type { StoredCredentials } from "@postern/client-flow"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect } from "vitest"
import { call, ISSUER, json, makeWorld, RESOURCE, settled, TOKEN_URL, until, type World } from "./world.ts"

const held = (world: World) => Effect.map(world.store.findCredentials(RESOURCE, "default"), ([first]) => first)

/** A client whose token has ended, and whose refresh succeeds after something else was done with what it holds. */
const whileRefreshing = (act: (world: World, before: StoredCredentials) => Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const world = makeWorld()
    const client = world.client()
    yield* client.fetch(RESOURCE, call())
    const before = yield* held(world)
    const issue = world.routes.get(TOKEN_URL)
    world.routes.set(TOKEN_URL, async (request) => {
      if (before) await Effect.runPromise(act(world, before))
      return issue?.(request) ?? json({}, 500)
    })
    yield* TestClock.adjust("3600 seconds")
    return { world, token: yield* client.accessToken(RESOURCE) }
  })

describe("a refresh that ends after a newer login", () => {
  const later = { accessToken: "of-the-login", expiresAt: 1e9, requestedScope: ["write"], grantedScope: ["write"] }

  effectIt.effect("leaves that as it is, and uses it", () =>
    Effect.gen(function* () {
      // The last: of a server that gives each login of a person the same refresh token.
      for (const refreshToken of ["of-the-login", undefined, "refresh-1"]) {
        const { token, world } = yield* whileRefreshing((world, before) =>
          world.store.saveCredentials({ ...before, ...later, refreshToken })
        )
        expect(token).toBe("of-the-login")
        expect(yield* held(world)).toMatchObject({ ...later, refreshToken })
        expect(world.requestsTo(TOKEN_URL)).toHaveLength(2)
      }
    })
  )

  effectIt.effect("looks again where the tokens of that have ended as well", () =>
    Effect.gen(function* () {
      let logins = 0
      const { token, world } = yield* whileRefreshing((world, before) =>
        logins++ === 0
          ? world.store.saveCredentials({ ...before, ...later, expiresAt: 1, refreshToken: "of-the-login" })
          : Effect.void
      )
      expect(world.forms(TOKEN_URL).map((form) => form.get("refresh_token"))).toEqual([
        null,
        "refresh-1",
        "of-the-login"
      ])
      expect(token).toBe("access-3")
      expect(yield* held(world)).toMatchObject({ accessToken: "access-3", requestedScope: ["write"] })
    })
  )

  effectIt.effect("keeps what it brought where another process only forgot the token that was used up", () =>
    Effect.gen(function* () {
      const { token, world } = yield* whileRefreshing((world, before) =>
        world.store.forgetTokens(before, { refreshToken: before.refreshToken })
      )
      expect(token).toBe("access-2")
      expect(yield* held(world)).toMatchObject({ accessToken: "access-2", refreshToken: "refresh-2" })
    })
  )

  effectIt.effect("brings nothing back after another process signed out", () =>
    Effect.gen(function* () {
      const { token, world } = yield* whileRefreshing((world, before) => world.store.forgetCredentials(before))
      expect(token).toBeUndefined()
      expect(yield* held(world)).toBeUndefined()
    })
  )
})

effectIt.effect("a login is saved when nobody works on the one before, and the person waits for nobody", () =>
  Effect.gen(function* () {
    const world = makeWorld()
    const { promise, resolve } = Promise.withResolvers<void>()
    const login = { issuer: ISSUER, resource: RESOURCE, account: "default" }
    const others = Effect.promise(() => promise)
    const busy = yield* Effect.forkChild(world.store.exclusively?.(login, others) ?? others)
    yield* settled
    const authorizing = yield* Effect.forkChild(world.client().authorize({ resource: RESOURCE }))
    yield* until(() => world.issued.length === 1)
    // Long enough to save too soon, if it did not wait.
    for (let turn = 0; turn < 20; turn++) yield* settled
    expect(world.visits).toHaveLength(1)
    expect(yield* held(world)).toBeUndefined()
    resolve()
    yield* Fiber.join(busy)
    yield* Fiber.join(authorizing)
    expect(yield* held(world)).toMatchObject({ accessToken: "access-1" })
  })
)
