import { it as effectIt } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  ISSUER,
  json,
  makeWorld,
  PRM_URL,
  REGISTER_URL,
  RESOURCE,
  resourceMetadata,
  type Route,
  serverMetadata,
  settled,
  TOKEN_URL,
  until,
  type World
} from "./world.ts"

const REVOKE_URL = `${ISSUER}/revoke`
const run = Effect.runPromise

const makeRevokingWorld = (answer: Route = () => new Response("", { status: 200 })): World => {
  const world = makeWorld()
  world.routes.set(ASM_URL, () => json(serverMetadata({ revocation_endpoint: REVOKE_URL })))
  world.routes.set(REVOKE_URL, answer)
  return world
}
const revoked = (world: World) => world.forms(REVOKE_URL).map((form) => Object.fromEntries(form))
const held = (world: World) => run(world.store.listCredentials)

/** A client that is logged in. */
const signedIn = async (world: World, options: Parameters<World["client"]>[0] = {}) => {
  const client = world.client(options)
  await run(client.fetch(RESOURCE, call()))
  return client
}

describe("signing out", () => {
  it("[STO-09] revokes the refresh token, then the access token, and forgets both; the registration stays", async () => {
    const world = makeRevokingWorld()
    const client = await signedIn(world)
    expect(await run(client.signOut(RESOURCE))).toEqual([
      {
        issuer: ISSUER,
        resource: RESOURCE,
        account: "default",
        clientId: "registered-client",
        tokens: [
          { kind: "refresh", revoked: true },
          { kind: "access", revoked: true }
        ]
      }
    ])
    expect(revoked(world)).toEqual([
      { token: "refresh-1", token_type_hint: "refresh_token", client_id: "registered-client" },
      { token: "access-1", token_type_hint: "access_token", client_id: "registered-client" }
    ])
    expect(await held(world)).toEqual([])
    expect(await run(client.accessToken(RESOURCE))).toBeUndefined()
    expect(await run(client.signOut(RESOURCE))).toEqual([])
    await run(client.fetch(RESOURCE, call()))
    expect(world.requestsTo(REGISTER_URL)).toHaveLength(1)
    expect(world.visits).toHaveLength(2)
    const told = JSON.stringify(world.events)
    expect(told).toContain('"purpose":"revocation"')
    for (const secret of ["refresh-1", "access-1"]) expect(told).not.toContain(secret)
  })

  it.each<readonly [string, Route, object]>([
    ["says no", () => json({ error: "unsupported_token_type" }, 400), { _tag: "RevocationRejected", status: 400 }],
    ["is down", () => new Response("", { status: 503 }), { _tag: "ServerUnavailable", status: 503 }],
    ["cannot be reached", () => Promise.reject(new TypeError("network")), { _tag: "TransportFailed" }],
    ["sends us elsewhere", () => Response.redirect("https://evil.example/", 307), { _tag: "FetchRejected" }],
    ["answers nonsense", () => json([], 400), { _tag: "ErrorResponseMalformed" }]
  ])("[STO-09] [ASM-15] forgets all the same where the server %s, and says why", async (_, answer, reason) => {
    const world = makeRevokingWorld(answer)
    const client = await signedIn(world)
    const [outcome] = await run(client.signOut(RESOURCE))
    expect(outcome?.tokens).toMatchObject([
      { kind: "refresh", revoked: false, reason },
      { kind: "access", revoked: false, reason }
    ])
    expect(await held(world)).toEqual([])
    expect(world.urls().filter((url) => url.includes("evil"))).toEqual([])
  })

  it("forgets all the same where the metadata cannot be used, and sends no token anywhere", async () => {
    const cases: ReadonlyArray<readonly [Route, object]> = [
      [() => json(serverMetadata()), { _tag: "RevocationUnsupported", issuer: ISSUER }],
      [
        () => json(serverMetadata({ revocation_endpoint: "https://evil.example/revoke" })),
        { _tag: "EndpointForbidden", member: "revocation_endpoint", origin: "https://evil.example" }
      ],
      [
        () => json(serverMetadata({ issuer: "https://evil.example", revocation_endpoint: REVOKE_URL })),
        { _tag: "IssuerMismatch" }
      ],
      [() => new Response("", { status: 404 }), { _tag: "ServerMetadataNotFound" }],
      [() => new Response("", { status: 500 }), { _tag: "ServerUnavailable" }]
    ]
    for (const [metadata, reason] of cases) {
      const world = makeRevokingWorld()
      const client = await signedIn(world)
      world.routes.set(ASM_URL, metadata)
      const [outcome] = await run(client.signOut(RESOURCE))
      expect(outcome?.tokens).toMatchObject([
        { revoked: false, reason },
        { revoked: false, reason }
      ])
      expect(await held(world)).toEqual([])
      expect(world.seen.filter(({ body }) => body.includes("refresh-1"))).toEqual([])
    }
  })

  it("revokes at another origin where an exception names that, and tells of every exception that it needed, once", async () => {
    const revocation_endpoint = "https://tokens.example.com/revoke"
    const elsewhere = { issuer: ISSUER, allow: "endpoint-other-origin", reason: "its endpoints stand there" } as const
    const slash = { issuer: ISSUER, allow: "issuer-trailing-slash", reason: "it writes a slash" } as const
    for (const members of [
      { issuer: `${ISSUER}/`, revocation_endpoint },
      { issuer: `${ISSUER}/`, revocation_endpoint, registration_endpoint: "https://tokens.example.com/register" }
    ]) {
      const world = makeRevokingWorld()
      const client = await signedIn(world, { relax: [elsewhere, slash] })
      world.routes.set(ASM_URL, () => json(serverMetadata(members)))
      world.routes.set(revocation_endpoint, () => new Response(""))
      world.events.length = 0
      const [outcome] = await run(client.signOut(RESOURCE))
      expect(outcome?.tokens.map(({ revoked }) => revoked)).toEqual([true, true])
      const told = world.events.filter(({ _tag }) => _tag === "ExceptionUsed")
      expect(told).toEqual([slash, elsewhere].map((used) => ({ _tag: "ExceptionUsed", ...used })))
    }
  })

  it("tells of no exception that it did not need", async () => {
    const world = makeRevokingWorld()
    const client = await signedIn(world, {
      relax: [{ issuer: ISSUER, allow: "endpoint-other-origin", reason: "its endpoints stand there" }]
    })
    await run(client.signOut(RESOURCE))
    expect(world.events.filter(({ _tag }) => _tag === "ExceptionUsed")).toEqual([])
  })

  it("[MIX-13] revokes at the server that issued the tokens, whatever the resource says by now", async () => {
    const world = makeRevokingWorld()
    const client = await signedIn(world)
    world.routes.set(PRM_URL, () => json(resourceMetadata({ authorization_servers: ["https://evil.example"] })))
    world.seen.length = 0
    const [outcome] = await run(client.signOut(RESOURCE))
    expect(outcome?.tokens.map(({ revoked }) => revoked)).toEqual([true, true])
    expect(world.urls()).toEqual([ASM_URL, REVOKE_URL, REVOKE_URL])
  })

  it("[STO-07] leaves other accounts and other resources as they are", async () => {
    const world = makeRevokingWorld()
    const client = await signedIn(world)
    const other = await signedIn(world, { account: "other" })
    const [first] = await run(world.store.findCredentials(RESOURCE, "default"))
    if (first) await run(world.store.saveCredentials({ ...first, resource: `${RESOURCE}/`, accessToken: "elsewhere" }))
    await run(client.signOut(RESOURCE))
    expect((await held(world)).map(({ accessToken }) => accessToken)).toEqual(["elsewhere", "access-2"])
    expect(revoked(world).map(({ token }) => token)).toEqual(["refresh-1", "access-1"])
    expect(await run(other.accessToken(RESOURCE))).toBe("access-2")
  })

  it("authenticates a client that has a secret, and says so in one place", async () => {
    const world = makeRevokingWorld()
    world.routes.set(ASM_URL, () =>
      json(
        serverMetadata({
          revocation_endpoint: REVOKE_URL,
          token_endpoint_auth_methods_supported: ["client_secret_basic"]
        })
      )
    )
    const client = await signedIn(world, {
      registrations: [{ issuer: ISSUER, clientId: "mine", clientSecret: "secret" }]
    })
    await run(client.signOut(RESOURCE))
    const [request] = world.requestsTo(REVOKE_URL)
    expect(request?.headers.get("authorization")).toBe(`Basic ${btoa("mine:secret")}`)
    expect(revoked(world)[0]).toEqual({ token: "refresh-1", token_type_hint: "refresh_token" })
  })

  it("says so where the client that was configured is another one by now", async () => {
    const world = makeRevokingWorld()
    await signedIn(world, { registrations: [{ issuer: ISSUER, clientId: "mine" }] })
    const client = world.client({ registrations: [{ issuer: ISSUER, clientId: "another" }] })
    const [outcome] = await run(client.signOut(RESOURCE))
    expect(outcome?.tokens).toMatchObject([
      { revoked: false, reason: { _tag: "RegistrationUnavailable" } },
      { revoked: false, reason: { _tag: "RegistrationUnavailable" } }
    ])
    expect(await held(world)).toEqual([])
  })

  effectIt.effect("[REV-08] waits for a refresh that is under way, and revokes what that brought", () =>
    Effect.gen(function* () {
      const world = makeRevokingWorld()
      const { exclusively: _, ...withoutLock } = world.store
      for (const store of [world.store, withoutLock]) {
        const client = world.client({ store })
        // Another process, where the store has a lock.
        const leaver = store === withoutLock ? client : world.client({ store })
        yield* client.fetch(RESOURCE, call())
        const { promise, resolve } = Promise.withResolvers<void>()
        const issue = world.routes.get(TOKEN_URL)
        world.routes.set(TOKEN_URL, async (request) => {
          await promise
          return issue?.(request) ?? json({}, 500)
        })
        yield* TestClock.adjust("3600 seconds")
        const before = world.requestsTo(TOKEN_URL).length
        const refreshing = yield* Effect.forkChild(client.accessToken(RESOURCE))
        yield* until(() => world.requestsTo(TOKEN_URL).length > before)
        const leaving = yield* Effect.forkChild(leaver.signOut(RESOURCE))
        // Long enough to forget too soon, if it did not wait.
        for (let turn = 0; turn < 20; turn++) yield* settled
        resolve()
        yield* Fiber.join(refreshing)
        const [outcome] = yield* Fiber.join(leaving)
        expect(outcome?.tokens.map(({ revoked }) => revoked)).toEqual([true, true])
        expect(revoked(world).at(-2)?.["token"]).toBe(`refresh-${world.issued.length}`)
        expect(yield* world.store.listCredentials).toEqual([])
        if (issue) world.routes.set(TOKEN_URL, issue)
      }
    })
  )

  effectIt.effect("[STO-09] waits for no person: what an open authorization brings later is a new login", () =>
    Effect.gen(function* () {
      const world = makeRevokingWorld()
      const { promise, resolve } = Promise.withResolvers<void>()
      let thinks = Effect.void
      const client = world.client({
        userAgent: ({ authorizationUrl, redirectUri }) => {
          const url = new URL(authorizationUrl)
          const visit = { url, parameters: url.searchParams, redirectUri }
          world.visits.push(visit)
          return Effect.as(thinks, world.answer(visit))
        }
      })
      yield* client.fetch(RESOURCE, call())
      thinks = Effect.promise(() => promise)
      const authorizing = yield* Effect.forkChild(client.authorize({ resource: RESOURCE }))
      yield* until(() => world.visits.length === 2)
      const leaving = yield* Effect.forkChild(client.signOut(RESOURCE))
      yield* until(() => world.requestsTo(REVOKE_URL).length === 2)
      const [outcome] = yield* Fiber.join(leaving)
      expect(outcome?.tokens.map(({ revoked }) => revoked)).toEqual([true, true])
      expect(yield* world.store.listCredentials).toEqual([])
      resolve()
      yield* Fiber.join(authorizing)
      expect(yield* world.store.listCredentials).toMatchObject([{ accessToken: "access-2" }])
    })
  )

  effectIt.effect("[STO-09] revokes once where somebody signs out twice at once", () =>
    Effect.gen(function* () {
      const world = makeRevokingWorld()
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      const both = yield* Effect.all([client.signOut(RESOURCE), client.signOut(RESOURCE)], { concurrency: 2 })
      expect(both.flat()).toHaveLength(1)
      expect(world.requestsTo(REVOKE_URL)).toHaveLength(2)
    })
  )

  effectIt.effect("[STO-09] forgets even where nobody waits for the server's answer", () =>
    Effect.gen(function* () {
      const world = makeRevokingWorld(() => new Promise<Response>(() => undefined))
      const client = world.client()
      yield* client.fetch(RESOURCE, call())
      const leaving = yield* Effect.forkChild(client.signOut(RESOURCE))
      yield* until(() => world.requestsTo(REVOKE_URL).length === 1)
      yield* Fiber.interrupt(leaving)
      expect(yield* world.store.listCredentials).toEqual([])
    })
  )
})
