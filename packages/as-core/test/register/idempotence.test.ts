import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import { createHash } from "node:crypto"
import { ec, publicJwk } from "../assertion/signing.ts"
import { authorizeUrl, Browser, CALLBACK, errorOf, factsOf, ISSUER, makeWorld, type World } from "../fixture.ts"

const hash = createHash("sha256").update("a-token").digest("base64url")
let world: World
beforeEach(async () => {
  world = await makeWorld({ registration: { dynamic: { initialAccessTokens: [{ hash }] } } })
})

const send = (body: object, headers: Record<string, string> = {}, one: World = world) =>
  one.handle(
    new Request(`${ISSUER}/register`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body)
    })
  )
const given = async (body: object, headers?: Record<string, string>) => {
  const response = await send(body, headers)
  expect(response.status).toBe(201)
  return (await response.json()) as Record<string, unknown> & { readonly client_id: string }
}

const minimal = { redirect_uris: [CALLBACK], client_name: "New" }

describe("a public client that registers the same again", () => {
  it("is the same client, told of once, and is never given a registration access token", async () => {
    const first = await given(minimal)
    world.now += 1000
    const again = await given({ client_name: "New", redirect_uris: [CALLBACK], software_id: "x", unknown: 1 })
    expect(again).toEqual(first)
    for (const member of ["registration_access_token", "registration_client_uri", "client_secret"]) {
      expect(again).not.toHaveProperty(member)
    }
    expect(world.events.filter(({ event }) => event === "client-registered")).toHaveLength(1)
  })

  it("is another client as soon as anything that is kept of it differs", async () => {
    const bodies = [
      minimal,
      { ...minimal, client_name: "Other" },
      { ...minimal, redirect_uris: [`${CALLBACK}2`] },
      { ...minimal, redirect_uris: [CALLBACK, `${CALLBACK}2`] },
      { ...minimal, grant_types: ["authorization_code", "refresh_token"] },
      { ...minimal, application_type: "native" },
      { ...minimal, dpop_bound_access_tokens: true },
      { ...minimal, client_uri: "https://client.example.com/" },
      { ...minimal, logo_uri: "https://client.example.com/" },
      { ...minimal, tos_uri: "https://client.example.com/" },
      { ...minimal, policy_uri: "https://client.example.com/" }
    ]
    const ids = await Promise.all(bodies.map(async (body) => (await given(body)).client_id))
    expect(new Set(ids).size).toBe(bodies.length)
  })

  it("is not one that proves who it is, or that somebody vouches for", async () => {
    const key = { ...minimal, jwks: { keys: [publicJwk(ec())] } }
    const trusted = { authorization: "Bearer a-token" }
    const none = { ...minimal, token_endpoint_auth_method: "none" }
    const ids = [
      await given(key),
      await given(key),
      await given(none, trusted),
      await given(none, trusted),
      await given(none)
    ].map(({ client_id }) => client_id)
    expect(new Set(ids).size).toBe(5)
  })
})

describe("the number of registered clients", () => {
  it("[DCR-07] is bounded: the oldest one that was never used leaves, and a used one stays", async () => {
    world = await makeWorld({ registration: { dynamic: { maximumClients: 2 } } })
    const used = await given({ ...minimal, client_name: "Used" })
    await new Browser(world).approve(authorizeUrl({ client_id: used.client_id }))
    world.now += 1
    const unused = await given({ ...minimal, client_name: "Unused" })
    world.now += 1
    const last = await given({ ...minimal, client_name: "Last" })
    const pageOf = async ({ client_id }: { readonly client_id: string }) =>
      factsOf(await (await world.handle(new Request(authorizeUrl({ client_id })))).text()).page
    expect([await pageOf(used), await pageOf(unused), await pageOf(last)]).toEqual(["signIn", "error", "signIn"])
  })

  it("[DCR-07] that are all in use is full for an hour; what is configured or a document is not touched", async () => {
    world = await makeWorld({ registration: { dynamic: { maximumClients: 1 } } })
    const used = await given(minimal)
    await new Browser(world).approve(authorizeUrl({ client_id: used.client_id }))
    const before = world.store.dump()
    const full = await send({ ...minimal, client_name: "Other" })
    expect(full.headers.get("retry-after")).toBe("3600")
    expect(await errorOf(full)).toEqual([429, "temporarily_unavailable"])
    expect(world.store.dump()).toBe(before)
    expect((await given(minimal)).client_id).toBe(used.client_id)
    expect((await world.handle(new Request(authorizeUrl()))).status).toBe(200)
  })

  it("[DCR-07] [STO-11] falls: one that nobody used leaves after 90 days, but for one with an initial access token", async () => {
    const trusted = await given({ ...minimal, client_name: "Trusted" }, { authorization: "Bearer a-token" })
    const used = await given({ ...minimal, client_name: "Used" })
    const idle = await given({ ...minimal, client_name: "Idle" })
    await new Browser(world).approve(authorizeUrl({ client_id: used.client_id }))
    const left = async (now: number) => {
      await Effect.runPromise(world.store.purge(now, 1000))
      const all = [trusted, used, idle].map(({ client_id }) => Effect.runPromise(world.store.findClient(client_id)))
      return (await Promise.all(all)).map((client) => client?.name)
    }
    expect(await left(world.now + 90 * 86_400 - 1)).toEqual(["Trusted", "Used", "Idle"])
    expect(await left(world.now + 90 * 86_400)).toEqual(["Trusted", "Used", undefined])
  })

  it("[DCR-07] that come in one minute is 300, whoever sends them; the same one again does not count", async () => {
    for (let index = 0; index < 300; index++)
      expect((await send({ ...minimal, client_name: `${index}` })).status).toBe(201)
    world.now += 10
    const late = await send({ ...minimal, client_name: "late" })
    expect([late.status, late.headers.get("retry-after")]).toEqual([429, "50"])
    expect((await send({ ...minimal, client_name: "late" }, { authorization: "Bearer a-token" })).status).toBe(201)
    world.now += 50
    for (let index = 0; index < 400; index++) await send(minimal)
    expect((await send({ ...minimal, client_name: "late" })).status).toBe(201)
  })
})
