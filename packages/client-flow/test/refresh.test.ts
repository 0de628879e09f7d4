import { it as effectIt } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { CredentialStoreFailed } from "@postern/client-flow"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  failure,
  ISSUER,
  json,
  makeWorld,
  REGISTER_URL,
  RESOURCE,
  settled,
  TOKEN_URL,
  unauthorized,
  until,
  type World
} from "./world.ts"

const held = (world: World) => Effect.map(world.store.findCredentials(RESOURCE, "default"), ([first]) => first)
const grants = (world: World) => world.forms(TOKEN_URL).map((form) => form.get("grant_type"))

/** The token endpoint answers refreshes with this. */
const refreshing = (world: World, answer: (form: URLSearchParams) => Response | Promise<Response>) => {
  const before = world.routes.get(TOKEN_URL)
  world.routes.set(TOKEN_URL, (request) => {
    const form = new URLSearchParams(request.body)
    return form.get("grant_type") === "refresh_token" ? answer(form) : (before?.(request) ?? json({}, 500))
  })
}

/** Seconds go by, one after another, and what is done in each of them is done. */
const pass = (seconds: number) =>
  Effect.gen(function* () {
    for (let second = 0; second < seconds; second++) {
      yield* settled
      yield* TestClock.adjust("1 second")
    }
    yield* settled
  })

describe("before the end of a token", () => {
  effectIt.effect("refreshes within 30 seconds of the end, and not before", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      yield* TestClock.adjust("3569 seconds")
      expect(yield* client.accessToken(RESOURCE)).toBe("access-1")
      yield* TestClock.adjust("1 second")
      expect(yield* client.accessToken(RESOURCE)).toBe("access-2")
      expect(grants(world)).toEqual(["authorization_code", "refresh_token"])
      expect(world.forms(TOKEN_URL)[1]?.get("scope")).toBeNull()
    })
  )

  effectIt.effect("refreshes once for many callers", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      yield* TestClock.adjust("3590 seconds")
      const tokens = yield* Effect.all(
        Array.from({ length: 20 }, () => client.accessToken(RESOURCE)),
        { concurrency: "unbounded" }
      )
      expect(new Set(tokens)).toEqual(new Set(["access-2"]))
      expect(grants(world)).toEqual(["authorization_code", "refresh_token"])
    })
  )

  effectIt.effect("[RFT-13] keeps the old refresh token when none is returned, and replaces it when one is", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      refreshing(world, () => json({ access_token: "fresh", token_type: "Bearer", expires_in: 3600 }))
      yield* TestClock.adjust("3590 seconds")
      expect(yield* client.accessToken(RESOURCE)).toBe("fresh")
      expect(yield* held(world)).toMatchObject({ accessToken: "fresh", refreshToken: "refresh-1" })
      refreshing(world, () =>
        json({ access_token: "fresher", token_type: "Bearer", expires_in: 3600, refresh_token: "rotated" })
      )
      yield* TestClock.adjust("3590 seconds")
      expect(yield* client.accessToken(RESOURCE)).toBe("fresher")
      expect(yield* held(world)).toMatchObject({ accessToken: "fresher", refreshToken: "rotated" })
      expect(world.forms(TOKEN_URL).map((form) => form.get("refresh_token"))).toEqual([null, "refresh-1", "refresh-1"])
    })
  )

  effectIt.effect("[RFT-16] keeps everything when the server is down, asks a few times, and opens no window", () =>
    Effect.gen(function* () {
      const answers: ReadonlyArray<readonly [() => Response | Promise<Response>, number]> = [
        [() => new Response("", { status: 500 }), 3],
        [() => new Response("", { status: 503, headers: { "retry-after": "5" } }), 3],
        [() => new Response("", { status: 429, headers: { "retry-after": "6" } }), 1],
        [() => new Response("", { status: 503, headers: { "retry-after": "Thu, 26 Nov 2026 12:00:00 GMT" } }), 1],
        [() => Promise.reject(new TypeError("network")), 3],
        // A request that timed out may still wait there, and would come after its own repetition.
        [() => new Promise<Response>(() => undefined), 1],
        [() => new Response("<html>", { headers: { "content-type": "text/html" } }), 1]
      ]
      for (const [answer, times] of answers) {
        const world = makeWorld()
        const client = world.client()
        yield* client.fetch(RESOURCE, call())
        const before = yield* held(world)
        refreshing(world, answer)
        yield* TestClock.adjust("3600 seconds")
        const fetching = yield* Effect.forkChild(Effect.flip(client.fetch(RESOURCE, call())))
        yield* pass(60)
        const error = yield* Fiber.join(fetching)
        expect(["ServerUnavailable", "TransportFailed", "FetchRejected"]).toContain(error._tag)
        expect(yield* held(world)).toEqual(before)
        expect(world.visits).toHaveLength(1)
        expect(grants(world)).toEqual(["authorization_code", ...Array<string>(times).fill("refresh_token")])
        expect(world.forms(TOKEN_URL).at(-1)?.get("refresh_token")).toBe("refresh-1")
      }
    })
  )

  effectIt.effect("[RFT-16] goes on when the server is back, no sooner than it said", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      let down = true
      refreshing(world, () =>
        down
          ? new Response("", { status: 429, headers: { "retry-after": "2" } })
          : json({ access_token: "back", token_type: "Bearer", expires_in: 3600, refresh_token: "refresh-2" })
      )
      world.issued.push("back")
      yield* TestClock.adjust("3600 seconds")
      const fetching = yield* Effect.forkChild(client.fetch(RESOURCE, call()))
      yield* pass(1)
      down = false
      expect(grants(world)).toEqual(["authorization_code", "refresh_token"])
      yield* pass(20)
      expect((yield* Fiber.join(fetching)).status).toBe(200)
      expect(grants(world)).toEqual(["authorization_code", "refresh_token", "refresh_token"])
      expect(world.visits).toHaveLength(1)
    })
  )

  effectIt.effect("keeps what a refresh brings when nobody waits for it any more", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      // A store without a lock of its own, as a host may write one.
      const { exclusively: _, ...store } = world.store
      const client = world.client({ store })
      yield* client.fetch(RESOURCE, call())
      const { promise, resolve } = Promise.withResolvers<void>()
      refreshing(world, async ({ size }) => {
        await promise
        return json({
          access_token: `late-${size}`,
          token_type: "Bearer",
          expires_in: 3600,
          refresh_token: "refresh-2"
        })
      })
      yield* TestClock.adjust("3600 seconds")
      const waiting = yield* Effect.forkChild(client.accessToken(RESOURCE))
      yield* until(() => world.requestsTo(TOKEN_URL).length === 2)
      yield* Fiber.interrupt(waiting)
      const next = yield* Effect.forkChild(client.accessToken(RESOURCE))
      yield* settled
      resolve()
      expect(yield* Fiber.join(next)).toMatch(/^late-/)
      expect(yield* held(world)).toMatchObject({ refreshToken: "refresh-2" })
      expect(grants(world)).toEqual(["authorization_code", "refresh_token"])
    })
  )

  effectIt.effect("is done once by two clients of one store that find it ended at once", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const clients = [world.client(), world.client()]
      for (const client of clients) yield* client.fetch(RESOURCE, call())
      yield* TestClock.adjust("3600 seconds")
      const both = clients.flatMap((client) => [client.accessToken(RESOURCE), client.fetch(RESOURCE, call())])
      yield* Effect.all(both, { concurrency: "unbounded" })
      expect(grants(world)).toEqual(["authorization_code", "refresh_token"])
      expect(world.visits).toHaveLength(1)
    })
  )

  effectIt.effect("is done once by two clients whose token was refused", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const clients = [world.client(), world.client()]
      for (const client of clients) yield* client.fetch(RESOURCE, call())
      world.issued.length = 0
      world.issued.push("x", "y")
      yield* Effect.all(
        clients.map((client) => client.fetch(RESOURCE, call())),
        { concurrency: "unbounded" }
      )
      expect(grants(world)).toEqual(["authorization_code", "refresh_token"])
      expect(world.visits).toHaveLength(1)
    })
  )

  effectIt.effect("happens where only a refresh token is held", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      const before = yield* held(world)
      if (before) yield* world.store.forgetTokens(before, { accessToken: "access-1" })
      expect(yield* client.accessToken(RESOURCE)).toBe("access-2")
    })
  )

  effectIt.effect("uses a token to its end when the server is down for a moment", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      refreshing(world, () => new Response("", { status: 503 }))
      yield* TestClock.adjust("3580 seconds")
      expect((yield* client.fetch(RESOURCE, call())).status).toBe(200)
    })
  )

  effectIt.effect("[RFT-18] reads expires_in with care, and uses a token of unknown life until it is refused", () =>
    Effect.gen(function* () {
      const year = 365 * 24 * 60 * 60
      const cases: ReadonlyArray<readonly [unknown, number | undefined | "refused"]> = [
        [undefined, undefined],
        [null, undefined],
        [0, 0],
        ["3600", 3600],
        [1e12, year],
        [-1, "refused"],
        ["NaN", "refused"]
      ]
      for (const [expires_in, expected] of cases) {
        const world = makeWorld()
        world.routes.set(TOKEN_URL, () => json({ access_token: "t", token_type: "Bearer", expires_in }))
        const client = world.client()
        if (expected === "refused") {
          expect(yield* Effect.flip(client.authorize({ resource: RESOURCE }))).toMatchObject({
            _tag: "TokenResponseMalformed"
          })
          expect(yield* held(world)).toBeUndefined()
          continue
        }
        const { expiresAt } = yield* client.authorize({ resource: RESOURCE })
        const now = Math.floor(
          (yield* TestClock.testClockWith((clock) => Effect.succeed(clock.currentTimeMillisUnsafe()))) / 1000
        )
        expect(expiresAt).toBe(expected === undefined ? undefined : now + expected)
        if (expected === undefined) {
          yield* TestClock.adjust("10 days")
          expect(yield* client.accessToken(RESOURCE)).toBe("t")
        }
      }
    })
  )
})

describe("a refused refresh", () => {
  effectIt.effect("forgets the refresh token that was refused, and nothing else, then asks the user", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      refreshing(world, () => json({ error: "invalid_grant" }, 400))
      yield* TestClock.adjust("3590 seconds")
      expect(yield* client.accessToken(RESOURCE)).toBe("access-1")
      expect(yield* held(world)).toMatchObject({ accessToken: "access-1" })
      expect((yield* held(world))?.refreshToken).toBeUndefined()
      yield* TestClock.adjust("10 seconds")
      expect((yield* client.fetch(RESOURCE, call())).status).toBe(200)
      expect(world.visits).toHaveLength(2)
    })
  )

  effectIt.effect("[RFT-15] uses what another process saved in the meantime, and leaves it there", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      const before = yield* held(world)
      world.issued.push("from-the-other")
      refreshing(world, async () => {
        if (before) {
          await Effect.runPromise(
            world.store.saveCredentials({
              ...before,
              accessToken: "from-the-other",
              refreshToken: "newer",
              expiresAt: 1e9
            })
          )
        }
        return json({ error: "invalid_grant" }, 400)
      })
      yield* TestClock.adjust("3600 seconds")
      expect(yield* client.accessToken(RESOURCE)).toBe("from-the-other")
      expect((yield* client.fetch(RESOURCE, call())).status).toBe(200)
      expect(yield* held(world)).toMatchObject({ accessToken: "from-the-other", refreshToken: "newer" })
      expect(world.visits).toHaveLength(1)
    })
  )

  effectIt.effect("registers anew when the client is unknown at the server", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      refreshing(world, () => json({ error: "invalid_client" }, 401))
      yield* TestClock.adjust("3600 seconds")
      expect((yield* client.fetch(RESOURCE, call())).status).toBe(200)
      expect(world.requestsTo(REGISTER_URL)).toHaveLength(2)
    })
  )

  effectIt.effect("keeps a login whose client was written down wrong, for whoever puts that right", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const registrations = [{ issuer: ISSUER, clientId: "mine" }]
      yield* world.client({ registrations }).fetch(RESOURCE, call())
      const before = yield* held(world)
      const issue = world.routes.get(TOKEN_URL)
      world.routes.set(TOKEN_URL, () => json({ error: "invalid_client" }, 401))
      yield* TestClock.adjust("3600 seconds")
      const error = yield* Effect.flip(world.client({ registrations }).fetch(RESOURCE, call()))
      expect(error).toMatchObject({ _tag: "TokenRequestRejected", error: "invalid_client" })
      expect(yield* held(world)).toEqual(before)
      if (issue) world.routes.set(TOKEN_URL, issue)
      expect(yield* world.client({ registrations }).accessToken(RESOURCE)).toBe("access-2")
      expect(grants(world).at(-1)).toBe("refresh_token")
    })
  )

  effectIt.effect("with any other error asks the user, once, and keeps everything until they answered", () =>
    Effect.gen(function* () {
      for (const error of ["invalid_target", "unauthorized_client", "unsupported_grant_type", "bad_refresh_token"]) {
        const world = makeWorld()
        const client = world.client()
        yield* client.fetch(RESOURCE, call())
        const before = yield* held(world)
        refreshing(world, () => json({ error }, 400))
        yield* TestClock.adjust("3600 seconds")
        expect(yield* client.accessToken(RESOURCE)).toBeUndefined()
        expect(yield* held(world)).toEqual(before)
        expect((yield* client.fetch(RESOURCE, call())).status).toBe(200)
        expect(grants(world)).toEqual(["authorization_code", "refresh_token", "authorization_code"])
        expect(world.visits).toHaveLength(2)
      }
    })
  )

  effectIt.effect("that only says that the server is in trouble is reported, opens no window and may be repeated", () =>
    Effect.gen(function* () {
      for (const error of ["server_error", "temporarily_unavailable"]) {
        const world = makeWorld()
        const client = world.client()
        yield* client.fetch(RESOURCE, call())
        const before = yield* held(world)
        refreshing(world, () => json({ error }, 400))
        yield* TestClock.adjust("3600 seconds")
        for (let attempt = 0; attempt < 2; attempt++) {
          expect(yield* Effect.flip(client.fetch(RESOURCE, call()))).toMatchObject({
            _tag: "TokenRequestRejected",
            grant: "refresh_token",
            error
          })
        }
        expect(yield* held(world)).toEqual(before)
        expect(world.visits).toHaveLength(1)
      }
    })
  )

  effectIt.effect("[RFT-17] surfaces that tokens could not be saved, and never uses the dead refresh token again", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      let broken = false
      const store = {
        ...world.store,
        saveCredentials: (credentials: Parameters<typeof world.store.saveCredentials>[0]) =>
          broken
            ? Effect.fail(new CredentialStoreFailed({ operation: "saveCredentials" }))
            : world.store.saveCredentials(credentials)
      }
      const client = world.client({ store })
      yield* client.fetch(RESOURCE, call())
      broken = true
      yield* TestClock.adjust("3600 seconds")
      expect(yield* Effect.flip(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "CredentialStoreFailed" })
      broken = false
      // The next call is not stuck behind the failed one, and asks the user.
      expect((yield* client.fetch(RESOURCE, call())).status).toBe(200)
      expect(world.forms(TOKEN_URL).map((form) => form.get("refresh_token"))).toEqual([null, "refresh-1", null])
      expect(world.visits).toHaveLength(2)
    })
  )
})

describe("a token that is refused", () => {
  it("[WWA-13] is refreshed once and authorized anew once, then the flow ends", async () => {
    const world = makeWorld()
    const client = world.client()
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.seen.length = 0
    world.routes.set(RESOURCE, () => unauthorized())
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "TokenRefused", resource: RESOURCE })
    expect(grants(world)).toEqual(["refresh_token", "authorization_code"])
    expect(world.visits).toHaveLength(2)
    expect(world.requestsTo(RESOURCE)).toHaveLength(3)
  })

  it("is authorized anew when there is no refresh token", async () => {
    const world = makeWorld()
    world.routes.set(TOKEN_URL, () => {
      const token = `plain-${world.issued.length}`
      world.issued.push(token)
      return json({ access_token: token, token_type: "Bearer" })
    })
    const client = world.client()
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.issued.length = 0
    expect((await Effect.runPromise(client.fetch(RESOURCE, call()))).status).toBe(200)
    expect(grants(world)).toEqual(["authorization_code", "authorization_code"])
  })
})

describe("a token response", () => {
  it.each([
    ["no token_type", { access_token: "t" }],
    ["mac", { access_token: "t", token_type: "mac" }],
    ["DPoP", { access_token: "t", token_type: "DPoP" }],
    ["an empty token", { access_token: "", token_type: "Bearer" }],
    ["a line break in the token", { access_token: "a\r\nx-evil: 1", token_type: "Bearer" }],
    ["a token of 1 MB", { access_token: "a".repeat(1_000_000), token_type: "Bearer" }]
  ])("[RFT-19] is refused with %s", async (_, body) => {
    const world = makeWorld()
    world.routes.set(TOKEN_URL, () => json(body))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(["TokenResponseMalformed", "FetchRejected"]).toContain(error._tag)
    expect(world.requestsTo(RESOURCE)).toHaveLength(1)
    expect(await Effect.runPromise(held(world))).toBeUndefined()
  })

  it("[RFT-19] may write bearer in capitals, and cannot choose the issuer under which it is kept", async () => {
    const world = makeWorld()
    world.routes.set(TOKEN_URL, () => json({ access_token: "t", token_type: "BEARER", issuer: "https://evil.example" }))
    await Effect.runPromise(world.client().authorize({ resource: RESOURCE }))
    expect(await Effect.runPromise(held(world))).toMatchObject({ issuer: ISSUER, accessToken: "t" })
    expect(world.urls()).toContain(ASM_URL)
  })

  it("that is an error in another form than OAuth's is refused", async () => {
    const world = makeWorld()
    world.routes.set(TOKEN_URL, () => json({ message: "nope" }, 400))
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "ErrorResponseMalformed" })
  })
})
