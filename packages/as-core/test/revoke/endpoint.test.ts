import { describe, expect, it, beforeEach } from "vitest"
import {
  basic,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  claimsOf,
  errorOf,
  makeWorld,
  NOTES,
  MAIL,
  obtainTokens,
  post,
  refreshRequest,
  type Tokens,
  type World
} from "../fixture.ts"
import * as Effect from "effect/Effect"

const INTROSPECTOR = { authorization: basic("rs", C2_SECRET) }

const makeRevokingWorld = () =>
  makeWorld({
    clients: [
      { clientId: "c1", name: "Client One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
      {
        clientId: "c2",
        name: "Client Two",
        redirectUris: [CALLBACK],
        tokenEndpointAuthMethod: "client_secret_basic",
        secretHash: C2_SECRET_HASH
      },
      {
        clientId: "rs",
        name: "Notes server",
        redirectUris: [CALLBACK],
        tokenEndpointAuthMethod: "client_secret_basic",
        secretHash: C2_SECRET_HASH
      }
    ],
    introspection: [{ clientId: "rs", resources: [NOTES] }]
  })

let world: World
let tokens: Tokens
beforeEach(async () => {
  world = await makeRevokingWorld()
  tokens = await obtainTokens(world)
})

const revoke = (token: string | undefined, fields: Parameters<typeof post>[1] = {}, headers = {}) =>
  world.handle(post("revoke", { client_id: "c1", token, ...fields }, headers))

const introspect = async (token: string): Promise<unknown> =>
  (await world.handle(post("introspect", { token }, INTROSPECTOR))).json()

const isActive = async (token: string) => ((await introspect(token)) as { readonly active: boolean }).active

describe("the revocation endpoint", () => {
  it("[REV-02] ends a refresh token with its grant: every token of it is dead, and a second call is no error", async () => {
    const answer = await revoke(tokens.refresh_token)
    expect([answer.status, await answer.text(), answer.headers.get("cache-control")]).toEqual([200, "", "no-store"])
    expect(await errorOf(world.handle(refreshRequest(tokens.refresh_token)))).toEqual([400, "invalid_grant"])
    expect(await introspect(tokens.access_token)).toEqual({ active: false })
    expect((await revoke(tokens.refresh_token)).status).toBe(200)
  })

  it("ends the grant by an old refresh token of the chain as well", async () => {
    const next = (await (await world.handle(refreshRequest(tokens.refresh_token))).json()) as Tokens
    expect((await revoke(tokens.refresh_token)).status).toBe(200)
    expect(await errorOf(world.handle(refreshRequest(next.refresh_token)))).toEqual([400, "invalid_grant"])
  })

  it("[REV-03] [REV-06] ends an access token alone: introspection says so at once, and its refresh token lives on", async () => {
    expect(await isActive(tokens.access_token)).toBe(true)
    const next = (await (await world.handle(refreshRequest(tokens.refresh_token))).json()) as Tokens
    expect((await revoke(tokens.access_token)).status).toBe(200)
    expect(await isActive(tokens.access_token)).toBe(false)
    expect(await isActive(next.access_token)).toBe(true)
    expect((await world.handle(refreshRequest(next.refresh_token))).status).toBe(200)
  })

  it("[REV-06] is what a resource server in the same process can ask for by the token's jti", async () => {
    const jti = String(claimsOf(tokens.access_token)["jti"])
    const isRevoked = () => Effect.runPromise(world.server.isRevoked(jti))
    expect(await isRevoked()).toBe(false)
    await revoke(tokens.refresh_token)
    expect(await isRevoked()).toBe(true)
    expect(await Effect.runPromise(world.server.isRevoked("AAAAAAAAAAAAAAAAAAAAAA.x"))).toBe(true)
  })

  it.each(["c1's as public c3", "c1's as c2"])(
    "[REV-01] changes nothing for another client (%s), and tells it nothing",
    async (who) => {
      const headers = who.endsWith("c2") ? { authorization: basic("c2", C2_SECRET) } : {}
      for (const token of [tokens.refresh_token, tokens.access_token]) {
        const answer = await revoke(token, { client_id: who.endsWith("c2") ? "c2" : "c3" }, headers)
        expect(answer.status).toBe(who.endsWith("c2") ? 200 : 401)
      }
      expect(await isActive(tokens.access_token)).toBe(true)
      expect((await world.handle(refreshRequest(tokens.refresh_token))).status).toBe(200)
    }
  )

  it("[REV-04] answers 200 for what is no token of ours, and 400 where there is none; the hint is not believed", async () => {
    const jwt = tokens.access_token.split(".")
    const forged = `${jwt[0]}.${jwt[1]}.${"A".repeat(86)}`
    for (const token of ["unknown", "A".repeat(65), "a.b.c", forged, "é", "x".repeat(20_000)]) {
      expect([token, (await revoke(token)).status]).toEqual([token, 200])
    }
    expect(await errorOf(revoke(undefined))).toEqual([400, "invalid_request"])
    expect(await errorOf(revoke(""))).toEqual([400, "invalid_request"])
    expect((await revoke(tokens.access_token, { token_type_hint: "made_up" })).status).toBe(200)
    expect(await isActive(tokens.access_token)).toBe(false)
    expect((await revoke(tokens.refresh_token, { token_type_hint: "access_token" })).status).toBe(200)
    expect(await errorOf(world.handle(refreshRequest(tokens.refresh_token)))).toEqual([400, "invalid_grant"])
  })

  it("refuses a request that repeats its token, and one without a client", async () => {
    expect(await errorOf(revoke(tokens.access_token, { token: ["a", "b"] }))).toEqual([400, "invalid_request"])
    expect(await errorOf(revoke(tokens.access_token, { client_id: undefined }))).toEqual([401, "invalid_client"])
    const repeated = revoke(tokens.access_token, { client_secret: "x" }, { authorization: basic("c2", C2_SECRET) })
    expect(await errorOf(repeated)).toEqual([400, "invalid_request"])
    const json = world.handle(
      new Request("https://as.example.com/tenant/revoke", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}"
      })
    )
    expect(await errorOf(json)).toEqual([400, "invalid_request"])
    const long = revoke("x".repeat(70_000))
    expect(await errorOf(long)).toEqual([413, "invalid_request"])
  })

  it("remembers an access token for as long as a resource server whose clock is late accepts it, and not one that is past that", async () => {
    const isRevoked = () => Effect.runPromise(world.server.isRevoked(String(claimsOf(tokens.access_token)["jti"])))
    world.now += 600 + 299
    const before = world.store.dump()
    await revoke(tokens.access_token)
    expect(world.store.dump()).not.toBe(before)
    const later = await obtainTokens(world)
    world.now += 1200
    const unchanged = world.store.dump()
    expect((await revoke(later.access_token)).status).toBe(200)
    expect(world.store.dump()).toBe(unchanged)
    expect(await isRevoked()).toBe(false)
  })

  it("[REV-07] answers 503 where the store does not answer, and never that it is done", async () => {
    world.store.mode = "failed"
    for (const token of [tokens.refresh_token, tokens.access_token]) {
      const answer = await revoke(token)
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"])
    }
    world.store.mode = "works"
    expect(await isActive(tokens.access_token)).toBe(true)
  })

  it("[REV-08] leaves no token of the grant active, whatever is refreshed meanwhile", async () => {
    const refreshes = Array.from({ length: 20 }, () => world.handle(refreshRequest(tokens.refresh_token)))
    expect((await revoke(tokens.refresh_token)).status).toBe(200)
    const access = [tokens.access_token]
    for (const answer of await Promise.all(refreshes)) {
      if (answer.status !== 200) continue
      const issued = (await answer.json()) as Tokens
      access.push(issued.access_token)
      expect(await errorOf(world.handle(refreshRequest(issued.refresh_token)))).toEqual([400, "invalid_grant"])
    }
    for (const token of access) expect(await isActive(token)).toBe(false)
  })
})

describe("the introspection endpoint", () => {
  it("tells a resource server what its token says, as the token does", async () => {
    const claims = claimsOf(tokens.access_token)
    expect(await introspect(tokens.access_token)).toEqual({
      active: true,
      scope: "notes:read notes:write",
      client_id: "c1",
      token_type: "Bearer",
      exp: claims["exp"],
      iat: claims["iat"],
      sub: "u1",
      aud: NOTES,
      iss: "https://as.example.com/tenant",
      jti: claims["jti"]
    })
  })

  it("[INT-01] tells nobody who does not authenticate, or is no resource server", async () => {
    const ask = (headers: Record<string, string>, fields = {}) =>
      errorOf(world.handle(post("introspect", { token: tokens.access_token, ...fields }, headers)))
    expect(await ask({})).toEqual([401, "invalid_client"])
    expect(await ask({}, { client_id: "c1" })).toEqual([401, "invalid_client"])
    expect(await ask({ authorization: `Bearer ${tokens.access_token}` })).toEqual([401, "invalid_client"])
    expect(await ask({ authorization: basic("c2", C2_SECRET) })).toEqual([401, "invalid_client"])
    expect(await ask({ authorization: basic("rs", "wrong") })).toEqual([401, "invalid_client"])
    expect(await errorOf(world.handle(post("introspect", {}, INTROSPECTOR)))).toEqual([400, "invalid_request"])
  })

  it("[INT-03] says exactly that a token is not active, whatever the reason", async () => {
    const jwt = tokens.access_token.split(".")
    const inactive = { active: false }
    for (const token of [
      "unknown",
      "a.b.c",
      `${jwt[0]}.${jwt[1]}.AAAA`,
      `${jwt[1]}.${jwt[1]}.${jwt[2]}`,
      tokens.refresh_token ?? ""
    ]) {
      expect([token, await introspect(token)]).toEqual([token, inactive])
    }
    world.now += 600
    expect(await introspect(tokens.access_token)).toEqual(inactive)
    // Our own clock was set back: nothing is told of what was issued after now.
    world.now -= 600 + 300
    expect(await isActive(tokens.access_token)).toBe(true)
    world.now -= 1
    expect(await introspect(tokens.access_token)).toEqual(inactive)
  })

  it("says nothing of a token for another resource server", async () => {
    const mail = await obtainTokens(world, { scope: "mail:read", resource: MAIL })
    expect(await introspect(mail.access_token)).toEqual({ active: false })
  })

  it("[INT-04] answers no GET, and is stored nowhere", async () => {
    const get = await world.handle(new Request(`https://as.example.com/tenant/introspect?token=${tokens.access_token}`))
    expect(get.status).toBe(405)
    const answer = await world.handle(post("introspect", { token: tokens.access_token }, INTROSPECTOR))
    expect(answer.headers.get("cache-control")).toBe("no-store")
  })

  it("is not there unless somebody may ask, and is in the metadata only then", async () => {
    const metadata = async (one: World) =>
      (await one.handle(new Request("https://as.example.com/.well-known/oauth-authorization-server/tenant"))).json()
    expect(await metadata(world)).toMatchObject({
      introspection_endpoint: "https://as.example.com/tenant/introspect",
      introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
      revocation_endpoint: "https://as.example.com/tenant/revoke"
    })
    const plain = await makeWorld()
    expect(await metadata(plain)).not.toHaveProperty("introspection_endpoint")
    expect((await plain.handle(post("introspect", { token: "x" }))).status).toBe(404)
  })

  it.each([
    ["an unknown client", [{ clientId: "nobody", resources: [NOTES] }], "introspection[0].clientId"],
    ["a public client", [{ clientId: "c1", resources: [NOTES] }], "introspection[0].clientId"],
    [
      "an unknown resource",
      [{ clientId: "c2", resources: [NOTES, "https://x.example/mcp"] }],
      "introspection[0].resources[1]"
    ],
    ["no resource", [{ clientId: "c2", resources: [] }], "introspection[0].resources"],
    [
      "a client twice",
      [
        { clientId: "c2", resources: [NOTES] },
        { clientId: "c2", resources: [MAIL] }
      ],
      "introspection[1].clientId"
    ]
  ])("cannot be configured with %s", async (_, introspection, key) => {
    await expect(makeWorld({ introspection })).rejects.toMatchObject({ _tag: "ConfigurationInvalid", key })
  })
})
