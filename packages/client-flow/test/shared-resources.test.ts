import * as Effect from "effect/Effect"
import { makeClient, type SharedResources } from "@postern/client-flow"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  ISSUER,
  json,
  makeWorld,
  RESOURCE,
  type Route,
  serverMetadata,
  TOKEN_URL,
  unauthorized,
  type World
} from "./world.ts"

const OTHER = "https://other.example.com/mcp"
const OTHER_PRM = "https://other.example.com/.well-known/oauth-protected-resource/mcp"
const EVIL = "https://evil.example.com"
const run = Effect.runPromise

/** Two resources of one server; `issuer` is what the other one names. */
const makeTwo = (issuer = ISSUER): World => {
  const world = makeWorld()
  const good = world.routes.get(RESOURCE)
  const other: Route = async (request) => {
    const response = (await good?.(request)) ?? new Response("", { status: 500 })
    return response.status === 401 ? unauthorized(`resource_metadata="${OTHER_PRM}"`) : response
  }
  world.routes.set(OTHER, other)
  world.routes.set(OTHER_PRM, () => json({ resource: OTHER, authorization_servers: [issuer] }))
  world.routes.set(`${EVIL}/.well-known/oauth-authorization-server`, () => json(serverMetadata({}, EVIL)))
  world.routes.set(`${EVIL}/token`, () => json({ access_token: "evil", token_type: "Bearer" }))
  world.routes.set(`${EVIL}/register`, ({ body }) => json({ ...JSON.parse(body), client_id: "evil-client" }, 201))
  return world
}
const group = [{ issuer: ISSUER, resources: [OTHER, RESOURCE] }]
const sent = (world: World, url: string) => world.requestsTo(url).map(({ headers }) => headers.get("authorization"))

describe("two resources of one server", () => {
  it("[MIX-14] [AUD-16] have a token each, unless told", async () => {
    const world = makeTwo()
    const client = world.client()
    await run(client.fetch(RESOURCE, call()))
    await run(client.fetch(OTHER, call("read", OTHER)))
    expect(sent(world, OTHER)).toEqual([null, "Bearer access-2"])
    expect(world.visits.map(({ parameters }) => parameters.getAll("resource"))).toEqual([[RESOURCE], [OTHER]])
    expect(world.forms(TOKEN_URL).map((form) => form.getAll("resource"))).toEqual([[RESOURCE], [OTHER]])
  })

  it("[AUD-16] share one where the user says so: it is asked for both, in every request", async () => {
    const world = makeTwo()
    const client = world.client({ sharedResources: group })
    await run(client.fetch(RESOURCE, call()))
    await run(client.fetch(OTHER, call("read", OTHER)))
    expect(sent(world, OTHER)).toEqual(["Bearer access-1"])
    const [held] = await run(world.store.listCredentials)
    expect(held).toMatchObject({ resource: RESOURCE, resources: [RESOURCE, OTHER] })
    if (held) await run(world.store.saveCredentials({ ...held, expiresAt: 0 }))
    await run(client.fetch(OTHER, call("read", OTHER)))
    await run(client.fetch(RESOURCE, call()))
    expect(world.visits.map(({ parameters }) => parameters.getAll("resource"))).toEqual([[RESOURCE, OTHER]])
    expect(world.forms(TOKEN_URL).map((form) => [form.get("grant_type"), ...form.getAll("resource")])).toEqual([
      ["authorization_code", RESOURCE, OTHER],
      ["refresh_token", RESOURCE, OTHER]
    ])
    expect(await run(world.store.listCredentials)).toHaveLength(1)
  })

  it("[MIX-14] leave a third resource, which is in no group, to its own", async () => {
    const world = makeTwo()
    const third = "https://third.example.com/mcp"
    const client = world.client({ sharedResources: [{ issuer: ISSUER, resources: [RESOURCE, third] }] })
    await run(client.fetch(RESOURCE, call()))
    await run(client.fetch(OTHER, call("read", OTHER)))
    expect(sent(world, OTHER)).toEqual([null, "Bearer access-2"])
    expect(world.visits[1]?.parameters.getAll("resource")).toEqual([OTHER])
  })

  it("share one login when both are asked for at once", async () => {
    const world = makeTwo()
    const client = world.client({ sharedResources: group })
    const both = [client.fetch(RESOURCE, call()), client.fetch(OTHER, call("read", OTHER))]
    const answers = await run(Effect.all(both, { concurrency: "unbounded" }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(world.visits).toHaveLength(1)
  })

  it("[MIX-13] [PRM-10] do not share one where the other names another server", async () => {
    const world = makeTwo(EVIL)
    const client = world.client({ sharedResources: group })
    await run(client.fetch(RESOURCE, call()))
    world.answer = (visit) =>
      `${visit.redirectUri}?code=c&state=${visit.parameters.get("state")}&iss=${encodeURIComponent(EVIL)}`
    world.issued.push("evil")
    await run(client.fetch(OTHER, call("read", OTHER)))
    expect(sent(world, OTHER)).toEqual([null, "Bearer evil"])
    expect(world.visits[1]?.parameters.getAll("resource")).toEqual([OTHER])
    expect(await run(world.store.listCredentials)).toMatchObject([
      { issuer: EVIL, resource: OTHER, accessToken: "evil" },
      { issuer: ISSUER, resource: RESOURCE, accessToken: "access-1" }
    ])
    expect(world.seen.filter(({ body, url }) => url.startsWith(EVIL) && body.includes("refresh-1"))).toEqual([])
  })

  it("[MIX-14] do not use a token that was asked for others than are named now", async () => {
    const world = makeTwo()
    await run(world.client({ sharedResources: group }).fetch(RESOURCE, call()))
    // No longer in a group: the token of the group is not one of its own.
    expect(await run(world.client().accessToken(RESOURCE))).toBeUndefined()
    expect(await run(world.client().accessToken(OTHER))).toBeUndefined()
    const third = [{ issuer: ISSUER, resources: [OTHER, RESOURCE, "https://third.example.com/mcp"] }]
    expect(await run(world.client({ sharedResources: third }).accessToken(OTHER))).toBeUndefined()
    // Alone before, in a group now: a token for one is not sent to two.
    const alone = makeTwo()
    await run(alone.client().fetch(RESOURCE, call()))
    expect(await run(alone.client({ sharedResources: group }).accessToken(RESOURCE))).toBeUndefined()
    expect(await run(alone.client({ sharedResources: group }).accessToken(OTHER))).toBeUndefined()
  })

  it("are signed out of together", async () => {
    const world = makeTwo()
    world.routes.set(ASM_URL, () => json(serverMetadata({ revocation_endpoint: `${ISSUER}/revoke` })))
    world.routes.set(`${ISSUER}/revoke`, () => new Response(""))
    const client = world.client({ sharedResources: group })
    await run(client.fetch(RESOURCE, call()))
    expect(await run(client.signOut(OTHER))).toMatchObject([{ resource: RESOURCE, tokens: [{ revoked: true }, {}] }])
    expect(await run(world.store.listCredentials)).toEqual([])
  })
})

describe("a group", () => {
  const world = makeWorld()
  it.each<readonly [string, SharedResources & Record<string, unknown>]>([
    ["sharedResources[0].issuer", { issuer: "http://as.example.com", resources: [OTHER, RESOURCE] }],
    ["sharedResources[0].resources", { issuer: ISSUER, resources: [RESOURCE] }],
    ["sharedResources[0].resources", { issuer: ISSUER, resources: [RESOURCE, RESOURCE] }],
    ["sharedResources[0].resources", { issuer: ISSUER, resources: [RESOURCE, "no url"] }],
    ["sharedResources[0].audience", { issuer: ISSUER, resources: [OTHER, RESOURCE], audience: "x" }]
  ])("is refused by the name of what is wrong: %s (case %#)", (key, shared) => {
    const options = {
      transport: { fetch: () => Effect.die("unused") },
      store: world.store,
      userAgent: () => Effect.succeed(""),
      redirectUri: "http://127.0.0.1/callback",
      clientMetadata: { client_name: "Test" }
    }
    expect(makeClient({ ...options, sharedResources: [shared] })).toMatchObject({
      failure: { _tag: "ConfigurationInvalid", key }
    })
  })

  it("does not stand beside another one with the same resource", () => {
    const twice = [...group, { issuer: "https://as2.example.com", resources: [RESOURCE, "https://third.example.com/"] }]
    expect(() => world.client({ sharedResources: twice })).toThrow("which is there already")
  })
})
