import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import {
  basic,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  CHALLENGE,
  claimsOf,
  errorOf,
  headerOf,
  ISSUER,
  KEY,
  MAIL,
  makeWorld,
  NOTES,
  obtainCode,
  obtainTokens,
  post,
  refreshRequest,
  start,
  tokenRequest,
  type Tokens,
  VERIFIER,
  type World
} from "../fixture.ts"

let world: World
beforeEach(async () => {
  world = await makeWorld()
})

const redeem = (fields: Parameters<typeof tokenRequest>[0], one: World = world) =>
  errorOf(one.handle(tokenRequest(fields)))

describe("a code", () => {
  it("[COD-01] [COD-14] buys once: a second time it is refused, and its refresh token dies with its grant", async () => {
    const code = await obtainCode(world)
    const first = (await (await world.handle(tokenRequest({ code }))).json()) as Tokens
    const isRevoked = () => Effect.runPromise(world.server.isRevoked(String(claimsOf(first.access_token)["jti"])))
    expect(await isRevoked()).toBe(false)
    expect(await redeem({ code })).toEqual([400, "invalid_grant"])
    expect(await errorOf(world.handle(refreshRequest(first.refresh_token)))).toEqual([400, "invalid_grant"])
    // What a guard without a word of this accepts for ten minutes at most.
    expect(await isRevoked()).toBe(true)
    expect(claimsOf(first.access_token)).toMatchObject({ iat: start, exp: start + 600 })
    expect(await redeem({ code })).toEqual([400, "invalid_grant"])
    const replayed = world.events.filter(({ event }) => event === "code-replayed")
    expect(replayed).toEqual([
      { event: "code-replayed", clientId: "c1", grantId: expect.stringMatching(/^[\w-]{22}$/) }
    ])
    expect(JSON.stringify(world.events)).not.toContain(code)
  })

  it("that comes back after its lifetime still ends the grant", async () => {
    const code = await obtainCode(world)
    const first = (await (await world.handle(tokenRequest({ code }))).json()) as { refresh_token: string }
    world.now += 3600
    expect(await redeem({ code, resource: MAIL })).toEqual([400, "invalid_grant"])
    expect(await errorOf(world.handle(refreshRequest(first.refresh_token)))).toEqual([400, "invalid_grant"])
  })

  it("redeemed 64 times at once buys once", async () => {
    const code = await obtainCode(world)
    const answers = await Promise.all(Array.from({ length: 64 }, () => redeem({ code })))
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1)
    expect(answers.filter(([status, error]) => status === 400 && error === "invalid_grant")).toHaveLength(63)
  })

  it("[COD-03] is its client's alone, and a stranger does not use it up", async () => {
    const other = await makeWorld({
      clients: [
        { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        { clientId: "public", name: "Public", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        {
          clientId: "c2",
          name: "Two",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "client_secret_basic",
          secretHash: C2_SECRET_HASH
        }
      ]
    })
    const code = await obtainCode(other)
    expect(await redeem({ code, client_id: "public" }, other)).toEqual([400, "invalid_grant"])
    const confidential = tokenRequest({ code, client_id: undefined }, { authorization: basic("c2", C2_SECRET) })
    expect(await errorOf(other.handle(confidential))).toEqual([400, "invalid_grant"])
    expect(await redeem({ code, client_id: "unknown" }, other)).toEqual([401, "invalid_client"])
    expect((await redeem({ code }, other))[0]).toBe(200)
  })

  it("[COD-04] goes with the redirect URI that it was sent to, or with none", async () => {
    const other = await makeWorld({
      clients: [
        { clientId: "c1", name: "One", redirectUris: [CALLBACK, `${CALLBACK}2`], tokenEndpointAuthMethod: "none" }
      ]
    })
    const code = await obtainCode(other)
    for (const redirect_uri of [`${CALLBACK}2`, `${CALLBACK}/`, `${CALLBACK}?x`]) {
      expect(await redeem({ code, redirect_uri }, other)).toEqual([400, "invalid_grant"])
    }
    expect((await redeem({ code }, other))[0]).toBe(200)
    const second = await obtainCode(other)
    expect((await redeem({ code: second, redirect_uri: CALLBACK }, other))[0]).toBe(200)
  })

  it("[COD-05] lives 60 seconds", async () => {
    const early = await obtainCode(world)
    const late = await obtainCode(world)
    world.now = start + 59
    expect((await redeem({ code: early }))[0]).toBe(200)
    world.now = start + 61
    expect(await redeem({ code: late })).toEqual([400, "invalid_grant"])
  })

  it("[COD-07] is not guessed in parts", async () => {
    const code = await obtainCode(world)
    const guess = code.slice(0, 30) + "A".repeat(13)
    expect(await redeem({ code: guess })).toEqual([400, "invalid_grant"])
    expect((await redeem({ code }))[0]).toBe(200)
  })

  it("[COD-08] is not used up by a wrong request, and ten of them end it", async () => {
    const code = await obtainCode(world)
    expect(await redeem({ code, code_verifier: "a".repeat(43) })).toEqual([400, "invalid_grant"])
    expect(await redeem({ code, redirect_uri: `${CALLBACK}/` })).toEqual([400, "invalid_grant"])
    expect(await redeem({ code, resource: MAIL })).toEqual([400, "invalid_target"])
    expect((await redeem({ code }))[0]).toBe(200)
    const second = await obtainCode(world)
    for (let attempt = 0; attempt < 10; attempt++) {
      expect(await redeem({ code: second, code_verifier: "a".repeat(43) })).toEqual([400, "invalid_grant"])
    }
    expect(await redeem({ code: second })).toEqual([400, "invalid_grant"])
  })

  it("[COD-09] is worth nothing once its person is gone", async () => {
    const code = await obtainCode(world)
    world.people.gone.add("u1")
    expect(await redeem({ code })).toEqual([400, "invalid_grant"])
  })

  it("[COD-09] is worth nothing once its consent or its client is gone", async () => {
    const code = await obtainCode(world)
    await Effect.runPromise(world.store.endConsents({ subject: "u1", clientId: "c1", now: world.now }))
    expect(await redeem({ code })).toEqual([400, "invalid_grant"])
    const second = await obtainCode(world)
    const client = {
      clientId: "c3",
      name: "Another",
      redirectUris: [CALLBACK],
      tokenEndpointAuthMethod: "none"
    } as const
    const without = await makeWorld({ store: world.store, clients: [client] })
    expect(await redeem({ code: second }, without)).toEqual([401, "invalid_client"])
    expect(await redeem({ code: second, client_id: "c3" }, without)).toEqual([400, "invalid_grant"])
  })

  it("[CON-08] buys nothing when its grant ends while it is redeemed", async () => {
    const code = await obtainCode(world)
    world.people.delay = () => {
      Effect.runSync(world.store.endConsents({ subject: "u1", clientId: "c1", now: world.now }))
    }
    expect(await redeem({ code })).toEqual([400, "invalid_grant"])
  })

  it("carries no scope that its person may no longer grant", async () => {
    const code = await obtainCode(world, { scope: "notes:read notes:admin" }, "root")
    const only = await obtainCode(world, { scope: "notes:admin" }, "root")
    world.people.roles.set("u2", [])
    const answer = await world.handle(tokenRequest({ code }))
    expect(await answer.json()).toMatchObject({ scope: "notes:read" })
    expect(await redeem({ code: only })).toEqual([400, "invalid_grant"])
  })
})

describe("the verifier", () => {
  it("[PKC-06] must be there, once", async () => {
    const code = await obtainCode(world)
    expect(await redeem({ code, code_verifier: undefined })).toEqual([400, "invalid_request"])
    expect(await redeem({ code, code_verifier: "" })).toEqual([400, "invalid_request"])
    expect(await redeem({ code, code_verifier: [VERIFIER, VERIFIER] })).toEqual([400, "invalid_request"])
    expect((await redeem({ code }))[0]).toBe(200)
  })

  it("[PKC-07] must be the one that the challenge was made of", async () => {
    const code = await obtainCode(world)
    for (const code_verifier of [CHALLENGE, "A".repeat(43), `${VERIFIER}\n`, `${VERIFIER} `, VERIFIER.toUpperCase()]) {
      expect(await redeem({ code, code_verifier })).toEqual([400, "invalid_grant"])
    }
    expect((await redeem({ code }))[0]).toBe(200)
  })
})

describe("the challenge of a code", () => {
  it("[PKC-09] [PKC-12] that is none of S256 belongs to no verifier", async () => {
    const code = await obtainCode(world)
    for (const codeChallenge of ["", VERIFIER, `plain ${VERIFIER}`, `${CHALLENGE}=`, "null"]) {
      const findCode: typeof world.store.findCode = (codeHash) =>
        Effect.map(
          world.store.findCode(codeHash),
          (found) => found && { ...found, value: { ...found.value, codeChallenge } }
        )
      const older = await makeWorld({ store: { ...world.store, findCode } })
      expect(await redeem({ code }, older)).toEqual([400, "invalid_grant"])
    }
    expect((await redeem({ code }))[0]).toBe(200)
  })
})

describe("the resource of a token", () => {
  it("[AUD-12] is one of those granted, and asking for another does not use the code up", async () => {
    const code = await obtainCode(world)
    expect(await redeem({ code, resource: MAIL })).toEqual([400, "invalid_target"])
    expect(await redeem({ code, resource: [NOTES, MAIL] })).toEqual([400, "invalid_target"])
    expect((await redeem({ code, resource: NOTES }))[0]).toBe(200)
  })

  it("is its one audience", async () => {
    const tokens = await obtainTokens(world)
    expect(claimsOf(tokens.access_token)["aud"]).toBe(NOTES)
    expect(claimsOf((await obtainTokens(world, { resource: MAIL, scope: "mail:read" })).access_token)["aud"]).toBe(MAIL)
  })

  it("is chosen by the client where several were granted that form no group, and the scope is narrowed with it", async () => {
    const both = { resource: [NOTES, MAIL], scope: "notes:read mail:read" }
    const code = await obtainCode(world, both)
    expect(await redeem({ code })).toEqual([400, "invalid_target"])
    expect(await redeem({ code, resource: [NOTES, MAIL] })).toEqual([400, "invalid_target"])
    const answer = await world.handle(tokenRequest({ code, resource: MAIL }))
    const { access_token, refresh_token } = (await answer.json()) as Tokens
    expect(claimsOf(access_token)).toMatchObject({ aud: MAIL, scope: "mail:read" })
    // The refresh token keeps both, and the client chooses again.
    expect(await errorOf(world.handle(refreshRequest(refresh_token)))).toEqual([400, "invalid_target"])
    const other = await world.handle(refreshRequest(refresh_token, { resource: NOTES }))
    const notes = (await other.json()) as Tokens
    expect(claimsOf(notes.access_token)).toMatchObject({ aud: NOTES, scope: "notes:read" })
  })

  it("is a whole group where several of it were granted, and none beside it", async () => {
    const grouped = await makeWorld({ audienceGroups: [{ name: "office", resources: [NOTES, MAIL] }] })
    const both = { resource: [NOTES, MAIL], scope: "notes:read mail:read" }
    const all = await obtainTokens(grouped, both)
    expect(claimsOf(all.access_token)).toMatchObject({ aud: [NOTES, MAIL], scope: "notes:read mail:read" })
    const one = await grouped.handle(refreshRequest(all.refresh_token, { resource: MAIL }))
    const mail = (await one.json()) as Tokens
    expect(claimsOf(mail.access_token)).toMatchObject({ aud: MAIL, scope: "mail:read" })
    const notes = await obtainTokens(grouped)
    expect(await errorOf(grouped.handle(refreshRequest(notes.refresh_token, { resource: [NOTES, MAIL] })))).toEqual([
      400,
      "invalid_target"
    ])
  })
})

describe("an access token", () => {
  it("[ISS-02] says what RFC 9068 asks for and no more, for at most as long as configured, under an id of its own", async () => {
    world = await makeWorld({ rates: { tokens: 10_000 } })
    const tokens = await obtainTokens(world)
    const ids = new Set([claimsOf(tokens.access_token)["jti"]])
    let refresh = tokens.refresh_token
    for (let count = 0; count < 999; count++) {
      const answer = (await (await world.handle(refreshRequest(refresh))).json()) as typeof tokens
      refresh = answer.refresh_token
      expect(headerOf(answer.access_token)).toEqual({ alg: "ES256", typ: "at+jwt", kid: "k1" })
      const { jti, ...claims } = claimsOf(answer.access_token)
      expect(claims).toEqual({
        iss: ISSUER,
        sub: "u1",
        aud: NOTES,
        client_id: "c1",
        iat: start,
        exp: start + 600,
        scope: "notes:read notes:write"
      })
      ids.add(jti)
    }
    expect(ids.size).toBe(1000)
  })

  it("has an id that leads to its grant, and nothing else of it", async () => {
    const tokens = await obtainTokens(world)
    const [grantId = ""] = String(claimsOf(tokens.access_token)["jti"]).split(".")
    expect(claimsOf(tokens.access_token)["jti"]).toMatch(/^[\w-]{22}\.[\w-]{22}$/)
    expect((await Effect.runPromise(world.store.findGrant(grantId)))?.grant).toMatchObject({ grantId, subject: "u1" })
  })

  it("is signed by the first key", async () => {
    const { access_token } = await obtainTokens(world)
    const [head = "", body = "", signature = ""] = access_token.split(".")
    const { d: _, ...publicKey } = KEY.privateKey
    const key = await crypto.subtle.importKey("jwk", publicKey, { name: "ECDSA", namedCurve: "P-256" }, false, [
      "verify"
    ])
    const bytes = Uint8Array.from(atob(signature.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0))
    const signed = new TextEncoder().encode(`${head}.${body}`)
    expect(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes, signed)).toBe(true)
  })
})

describe("a token response", () => {
  it("[COD-11] is stored nowhere, is JSON, and holds no code", async () => {
    const code = await obtainCode(world)
    const good = await world.handle(tokenRequest({ code }))
    const bad = await world.handle(tokenRequest({ code }))
    for (const [response, status] of [
      [good, 200],
      [bad, 400]
    ] as const) {
      expect(response.status).toBe(status)
      expect(response.headers.get("cache-control")).toBe("no-store")
      expect(response.headers.get("pragma")).toBe("no-cache")
      expect(response.headers.get("content-type")).toBe("application/json")
      expect(response.headers.get("x-content-type-options")).toBe("nosniff")
      expect(response.headers.has("location")).toBe(false)
      const text = await response.text()
      expect(text).not.toContain(code)
      const refresh = /"refresh_token":"([^"]+)"/.exec(text)?.[1] ?? "none"
      expect(JSON.stringify([...response.headers])).not.toContain(refresh)
      expect(JSON.stringify([...response.headers])).not.toContain(code)
    }
  })

  it("[RFT-11] has no refresh token for a client that is not registered for them", async () => {
    const other = await makeWorld({
      clients: [
        {
          clientId: "c1",
          name: "No refresh",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "none",
          grantTypes: ["authorization_code"]
        }
      ]
    })
    const tokens = await obtainTokens(other)
    expect(tokens).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 600,
      scope: "notes:read notes:write"
    })
    expect(await errorOf(other.handle(refreshRequest("x")))).toEqual([400, "unauthorized_client"])
  })

  it("is refused for a grant type that the client is not registered for", async () => {
    const other = await makeWorld({
      clients: [
        { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        {
          clientId: "no-codes",
          name: "No codes",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "none",
          grantTypes: ["refresh_token"]
        }
      ]
    })
    const code = await obtainCode(other)
    expect(await redeem({ code, client_id: "no-codes" }, other)).toEqual([400, "unauthorized_client"])
    const credentials = post("token", { grant_type: "client_credentials", client_id: "c1" })
    expect(await errorOf(other.handle(credentials))).toEqual([400, "unauthorized_client"])
    // A client of client credentials alone cannot come to be.
    const registration = new Request(`${ISSUER}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris: [CALLBACK], grant_types: ["client_credentials"] })
    })
    expect(await errorOf(other.handle(registration))).toEqual([400, "invalid_client_metadata"])
  })
})
