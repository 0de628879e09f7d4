import * as Effect from "effect/Effect"
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

const go = (world: World, options: Parameters<World["client"]>[0] = {}) =>
  Effect.runPromise(world.client(options).fetch(RESOURCE, call()))
const requested = (world: World) => world.visits.map(({ parameters }) => parameters.get("scope"))
const challenge = (scope: string) => `scope="${scope}", resource_metadata="${PRM_URL}"`

/** A server that wants one scope of a stranger and more for the operation. */
const demanding = (first: string, more: string): World => {
  const world = makeWorld()
  world.routes.set(RESOURCE, ({ headers }) => {
    if (!headers.has("authorization")) return unauthorized(challenge(first))
    const scopes = requested(world).at(-1)?.split(" ") ?? []
    return more.split(" ").every((token) => scopes.includes(token)) ? json({}) : insufficientScope(more)
  })
  return world
}

describe("scope selection", () => {
  it("[SCP-15] [CL18] asks for the scope of the challenge, else for all that the resource supports, else for none", async () => {
    const challenged = makeWorld()
    challenged.routes.set(PRM_URL, () => json(resourceMetadata({ scopes_supported: ["x", "y", "z"] })))
    challenged.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? json({}) : unauthorized(challenge("x"))
    )
    await go(challenged)
    expect(requested(challenged)).toEqual(["x"])

    const listed = makeWorld()
    listed.routes.set(PRM_URL, () => json(resourceMetadata({ scopes_supported: ["x", "y", "z"] })))
    await go(listed)
    expect(requested(listed)).toEqual(["x y z"])

    const silent = makeWorld()
    await go(silent)
    expect(requested(silent)).toEqual([null])
  })

  it("adds offline_access only where the authorization server lists it, and only unless the policy says no", async () => {
    const world = () => {
      const world = makeWorld()
      world.routes.set(PRM_URL, () => json(resourceMetadata({ scopes_supported: ["x"] })))
      world.routes.set(ASM_URL, () => json(serverMetadata({ scopes_supported: ["x", "offline_access"] })))
      return world
    }
    const adding = world()
    await go(adding)
    expect(requested(adding)).toEqual(["x offline_access"])
    const declining = world()
    await go(declining, { scope: { offlineAccess: false } })
    expect(requested(declining)).toEqual(["x"])
  })

  it("asks for what the policy wants in addition", async () => {
    const world = demanding("x", "x")
    await go(world, { scope: { extra: ["openid"] } })
    expect(requested(world)).toEqual(["x openid"])
  })

  it.each(["a  b", " a ", "a\tb", 'a\\"b', Array.from({ length: 10_000 }, (_, index) => `s${index}`).join(" ")])(
    "[WWA-10] ignores a scope parameter that breaks the grammar or is too long (case %#)",
    async (scope) => {
      const world = makeWorld()
      world.routes.set(PRM_URL, () => json(resourceMetadata({ scopes_supported: ["fallback"] })))
      world.routes.set(RESOURCE, ({ headers }) =>
        headers.has("authorization") ? json({}) : unauthorized(challenge(scope))
      )
      await go(world)
      expect(requested(world)).toEqual(["fallback"])
    }
  )

  it("[WWA-10] takes __proto__ for the scope that it is", async () => {
    const world = demanding("__proto__", "__proto__")
    await go(world)
    expect(requested(world)).toEqual(["__proto__"])
  })

  it("refuses to ask for more than 64 scopes", async () => {
    const world = makeWorld()
    world.routes.set(PRM_URL, () =>
      json(resourceMetadata({ scopes_supported: Array.from({ length: 65 }, (_, index) => `s${index}`) }))
    )
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ScopeMalformed",
      reason: "too-many-tokens"
    })
    expect(world.visits).toEqual([])
  })
})

describe("step-up", () => {
  it("[SCP-16] [CL17] [CL31] [CL32] asks anew for everything asked before and what is demanded, never by the refresh token", async () => {
    const world = demanding("a", "b")
    const response = await go(world)
    expect(response.status).toBe(200)
    expect(requested(world)).toEqual(["a", "a b"])
    expect(world.forms(TOKEN_URL).map((form) => form.get("grant_type"))).toEqual([
      "authorization_code",
      "authorization_code"
    ])
  })

  it("[SCP-18] asks the policy with the added scopes, and does without when it says no", async () => {
    const hostile = "admin root delete:* offline_access"
    const world = demanding("a", hostile)
    const asked: Array<ReadonlyArray<string>> = []
    const onStepUp = (added: ReadonlySet<string>) => {
      asked.push([...added])
      return Effect.succeed(false)
    }
    const error = await failure(world.client({ scope: { onStepUp } }).fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "StepUpDeclined", added: ["admin", "root", "delete:*"] })
    expect(asked).toEqual([["admin", "root", "delete:*"]])
    expect(requested(world)).toEqual(["a"])

    const many = demanding("a", Array.from({ length: 65 }, (_, index) => `s${index}`).join(" "))
    expect((await go(many, { scope: { onStepUp } })).status).toBe(403)
    expect(requested(many)).toEqual(["a"])
  })

  it("[CL33] authorizes one operation at most three times, then fails; another operation is counted by itself", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? insufficientScope("admin") : unauthorized(challenge("admin"))
    )
    const client = world.client()
    const error = await failure(client.fetch(RESOURCE, call("purge")))
    expect(error).toMatchObject({ _tag: "AuthorizationLimitReached", operation: "tools/call purge", attempts: 3 })
    expect(world.visits).toHaveLength(3)
    expect(await failure(client.fetch(RESOURCE, call("purge")))).toMatchObject({ _tag: "AuthorizationLimitReached" })
    expect(world.visits).toHaveLength(3)
    await failure(client.fetch(RESOURCE, call("other")))
    expect(world.visits).toHaveLength(6)
  })

  it("stops, and does not ask again, when the demanded scope was not granted", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? insufficientScope("admin") : unauthorized(challenge("a"))
    )
    world.routes.set(TOKEN_URL, () =>
      json({ access_token: `t${world.visits.length}`, token_type: "Bearer", scope: "a" })
    )
    const client = world.client()
    const error = await failure(client.fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "ScopeNotGranted", missing: ["admin"] })
    expect(requested(world)).toEqual(["a", "a admin"])
    // Each of these is an authorization too, and counted.
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "ScopeNotGranted" })
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({
      _tag: "AuthorizationLimitReached",
      attempts: 3
    })
    expect(world.visits).toHaveLength(3)
    // What was granted is a good token, and kept.
    expect(await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))).toMatchObject([
      { accessToken: "t3", grantedScope: ["a"] }
    ])
  })

  it("gives a 403 without insufficient_scope, or without a scope, to the caller", async () => {
    for (const parameters of ["", `error="insufficient_scope"`, `error="invalid_request", scope="b"`]) {
      const world = makeWorld()
      world.routes.set(RESOURCE, ({ headers }) =>
        headers.has("authorization")
          ? new Response("no", { status: 403, headers: { "www-authenticate": `Bearer ${parameters}`.trim() } })
          : unauthorized()
      )
      const response = await go(world)
      expect(response.status).toBe(403)
      expect(await response.text()).toBe("no")
      expect(world.visits).toHaveLength(1)
    }
  })
})

describe("what was granted", () => {
  it("[RFT-20] records the scope that was returned, reports a wider one, and takes an absent one for the requested", async () => {
    const cases = [
      { scope: "a", granted: ["a"], widened: false },
      { scope: "a b c", granted: ["a", "b", "c"], widened: true },
      { scope: undefined, granted: ["a", "b"], widened: false }
    ]
    for (const { granted, scope, widened } of cases) {
      const world = demanding("a", "a")
      world.routes.set(TOKEN_URL, () => json({ access_token: "t", token_type: "Bearer", scope }))
      await go(world, { scope: { extra: ["b"] } })
      const [held] = await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
      expect(held).toMatchObject({ requestedScope: ["a", "b"], grantedScope: granted })
      expect(world.events.some(({ _tag }) => _tag === "ScopeWidened")).toBe(widened)
    }
  })
})
