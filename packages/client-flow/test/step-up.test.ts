import type { Client } from "@postern/client-flow"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  failure,
  insufficientScope,
  json,
  makeWorld,
  PRM_URL,
  RESOURCE,
  resourceMetadata,
  serverMetadata,
  TOKEN_URL,
  unauthorized,
  type World
} from "./world.ts"

const challenge = (scope: string) => `scope="${scope}", resource_metadata="${PRM_URL}"`
const requested = (world: World) => world.visits.map(({ parameters }) => parameters.get("scope"))

/** A server that wants `first` of a stranger, and more than anybody gets for the operation. */
const insatiable = (first: string): World => {
  const world = makeWorld()
  world.routes.set(RESOURCE, ({ headers }) =>
    headers.has("authorization") ? insufficientScope("admin") : unauthorized(challenge(first))
  )
  return world
}

const attempt = (client: Client) => Effect.flip(client.fetch(RESOURCE, call("purge")))

describe("the limit of authorizations", () => {
  it("[SCP-16] [CL33] is lifted after a pause that doubles each time, for as long as the operation does not work", async () => {
    const world = insatiable("admin")
    const client = world.client()
    const visits = () => world.visits.length
    await Effect.runPromise(
      Effect.gen(function* () {
        yield* TestClock.setTime(1_000_000_000)
        let before = 0
        for (const pause of [60, 120, 240, 480, 960, 1920, 3600, 3600]) {
          const reached = yield* attempt(client)
          const since = Math.floor((yield* Clock.currentTimeMillis) / 1000)
          expect(reached).toMatchObject({ _tag: "AuthorizationLimitReached", attempts: 3, until: since + pause })
          expect(visits() - before).toBe(3)
          before = visits()
          yield* TestClock.adjust((pause - 1) * 1000)
          expect(yield* attempt(client)).toMatchObject({ _tag: "AuthorizationLimitReached", until: since + pause })
          expect(visits()).toBe(before)
          yield* TestClock.adjust(1000)
        }
      }).pipe(Effect.provide(TestClock.layer()))
    )
  })

  it("begins anew once the operation has worked", async () => {
    const world = insatiable("admin")
    const hungry = world.routes.get(RESOURCE) ?? (() => json({}))
    const client = world.client()
    await Effect.runPromise(
      Effect.gen(function* () {
        yield* attempt(client)
        yield* TestClock.adjust("60 seconds")
        world.routes.set(RESOURCE, () => json({ ok: true }))
        yield* client.fetch(RESOURCE, call("purge"))
        world.routes.set(RESOURCE, hungry)
        const reached = yield* attempt(client)
        expect(reached).toMatchObject({ _tag: "AuthorizationLimitReached", until: 120 })
        expect(world.visits).toHaveLength(6)
      }).pipe(Effect.provide(TestClock.layer()))
    )
  })

  it("holds for authorizations that a host asks for by name", async () => {
    const world = makeWorld()
    const client = world.client({ maximumAuthorizations: 1 })
    const options = { resource: RESOURCE, operation: "tools/call purge" }
    await Effect.runPromise(client.authorize(options))
    expect(await failure(client.authorize(options))).toMatchObject({ _tag: "AuthorizationLimitReached", attempts: 1 })
    await Effect.runPromise(client.authorize({ ...options, operation: "tools/call read" }))
    expect(world.visits).toHaveLength(2)
  })
})

describe("a token that lacks what the challenge named", () => {
  it("ends the flow at once, at the first authorization too, and is kept", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, () => unauthorized(challenge("files:write files:read")))
    world.routes.set(TOKEN_URL, () => json({ access_token: "narrow", token_type: "Bearer", scope: "files:read" }))
    const client = world.client()
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ScopeNotGranted",
      missing: ["files:write"]
    })
    expect(world.visits).toHaveLength(1)
    // Not sent: the resource has said that it is not enough.
    expect(world.requestsTo(RESOURCE)).toHaveLength(1)
    expect(await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))).toMatchObject([
      { accessToken: "narrow", grantedScope: ["files:read"] }
    ])
    const demanded = { scheme: "bearer", scope: "files:write", unquoted: [] } as const
    expect(await failure(client.authorize({ resource: RESOURCE, challenge: demanded }))).toMatchObject({
      _tag: "ScopeNotGranted",
      missing: ["files:write"]
    })
  })

  it("is counted as an authorization", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, () => unauthorized(challenge("files:write")))
    world.routes.set(TOKEN_URL, () => json({ access_token: "narrow", token_type: "Bearer", scope: "files:read" }))
    const client = world.client({ maximumAuthorizations: 1 })
    await failure(client.fetch(RESOURCE, call()))
    world.routes.set(RESOURCE, () => insufficientScope("files:write"))
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "AuthorizationLimitReached" })
    expect(world.visits).toHaveLength(1)
  })
})

it("[CL31] takes a 403 that names a scope and no error for insufficient_scope, of a Bearer challenge alone", async () => {
  const answering = (header: string) => {
    const world = makeWorld()
    world.routes.set(RESOURCE, ({ headers }) => {
      if (!headers.has("authorization")) return unauthorized(challenge("a"))
      return requested(world).at(-1)?.includes("b")
        ? json({})
        : new Response("no", { status: 403, headers: { "www-authenticate": header } })
    })
    return world
  }
  const named = answering(`Bearer ${challenge("b")}`)
  expect((await Effect.runPromise(named.client().fetch(RESOURCE, call()))).status).toBe(200)
  expect(requested(named)).toEqual(["a", "a b"])

  for (const header of [`Basic ${challenge("b")}`, `Bearer realm="x"`, `Bearer error="invalid_token", scope="b"`]) {
    const other = answering(header)
    expect((await Effect.runPromise(other.client().fetch(RESOURCE, call()))).status).toBe(403)
    expect(requested(other)).toEqual(["a"])
  }
})

it("[SCP-18] asks the policy for every scope beyond a first authorization that asked for none", async () => {
  const world = makeWorld()
  world.routes.set(RESOURCE, ({ headers }) =>
    headers.has("authorization") ? insufficientScope("admin") : unauthorized()
  )
  const asked: Array<ReadonlyArray<string>> = []
  const onStepUp = (added: ReadonlySet<string>) => Effect.sync(() => (asked.push([...added]), false))
  expect(await failure(world.client({ scope: { onStepUp } }).fetch(RESOURCE, call()))).toMatchObject({
    _tag: "StepUpDeclined",
    added: ["admin"]
  })
  expect(asked).toEqual([["admin"]])
  expect(requested(world)).toEqual([null])
})

describe("a machine", () => {
  const grant = { type: "client_credentials" } as const

  it("[CL31] gives up at once where it is told to, and asks for more where it is not", async () => {
    const demanding = () => {
      const world = makeWorld()
      const members = {
        token_endpoint_auth_methods_supported: ["client_secret_basic"],
        grant_types_supported: undefined
      }
      world.routes.set(ASM_URL, () => json(serverMetadata(members)))
      world.routes.set(RESOURCE, ({ headers }) => {
        if (!headers.has("authorization")) return unauthorized(challenge("a"))
        return world.issued.length > 1 ? json({}) : insufficientScope("b")
      })
      return world
    }
    const giving = demanding()
    expect(await failure(giving.machine({ grant, scope: { stepUp: false } }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "StepUpDeclined",
      added: ["b"]
    })
    expect(giving.forms(TOKEN_URL).map((form) => form.get("scope"))).toEqual(["a"])

    const asking = demanding()
    expect((await Effect.runPromise(asking.machine({ grant }).fetch(RESOURCE, call()))).status).toBe(200)
    expect(asking.forms(TOKEN_URL).map((form) => form.get("scope"))).toEqual(["a", "a b"])
  })
  it("that was told so still gets what was never demanded: new scopes of its options, and of the resource's metadata", async () => {
    const world = makeWorld()
    const members = {
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
      grant_types_supported: undefined
    }
    world.routes.set(ASM_URL, () => json(serverMetadata(members)))
    world.routes.set(PRM_URL, () => json(resourceMetadata({ scopes_supported: ["a"] })))
    const client = (extra: ReadonlyArray<string>) => world.machine({ grant, scope: { extra, stepUp: false } })
    const program = Effect.gen(function* () {
      yield* client([]).fetch(RESOURCE, call())
      yield* TestClock.adjust("3580 seconds")
      yield* client(["log"]).fetch(RESOURCE, call())
      world.issued.length = 0
      world.routes.set(PRM_URL, () => json(resourceMetadata({ scopes_supported: ["a", "b"] })))
      yield* client(["log"]).fetch(RESOURCE, call())
    })
    await Effect.runPromise(Effect.provide(program, TestClock.layer()))
    expect(world.forms(TOKEN_URL).map((form) => form.get("scope"))).toEqual(["a", "a log", "a log b"])
  })
})
