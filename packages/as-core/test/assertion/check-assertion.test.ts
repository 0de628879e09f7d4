import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import {
  CALLBACK,
  errorOf,
  ISSUER,
  makeWorld,
  obtainCode,
  refreshRequest,
  start,
  tokenRequest,
  type World
} from "../fixture.ts"
import { asserted, ASSERTION_TYPE, claims, ec, ed, jws, publicJwk, rsa } from "./signing.ts"

const pair = ec()
const other = ec()
const method = { redirectUris: [CALLBACK], tokenEndpointAuthMethod: "private_key_jwt" as const }
const k1 = { ...method, clientId: "k1", name: "Key One", jwks: { keys: [publicJwk(pair, { kid: "a" })] } }
const k2 = { ...k1, clientId: "k2", name: "Key Two" }

let world: World
beforeEach(async () => {
  world = await makeWorld({ clients: [k1, k2] })
})

const header = { alg: "ES256", kid: "a", typ: "JWT" }

/** An assertion that is right, but for what is changed. */
const assertion = (changes: object = {}, head: object = {}, clientId = "k1"): string =>
  jws({ ...header, ...head }, claims(clientId, changes, world.now), pair.privateKey)

const send = async (text: string, fields: Parameters<typeof tokenRequest>[0] = {}, code?: string) =>
  world.handle(
    tokenRequest({ ...asserted(text), code: code ?? (await obtainCode(world, { client_id: "k1" })), ...fields })
  )

/** 401, the same for every reason; nothing is used up and nothing stored. */
const refused = async (text: string, reason: string, fields: Parameters<typeof tokenRequest>[0] = {}) => {
  const code = await obtainCode(world, { client_id: "k1" })
  const before = world.store.dump()
  world.events.length = 0
  const response = await send(text, fields, code)
  expect([response.status, await response.json()], reason).toEqual([
    401,
    { error: "invalid_client", error_description: "client authentication failed" }
  ])
  expect(world.store.dump()).toBe(before)
  expect(world.events.map(({ detail }) => detail)).toEqual([reason])
  expect((await send(assertion(), {}, code)).status).toBe(200)
}

/** As {@link refused}, where it is not even certain which client it is about. */
const unread = async (text: string, fields: Parameters<typeof tokenRequest>[0] = {}) => {
  world.events.length = 0
  const before = world.store.dump()
  expect(await errorOf(send(text, fields, "x"))).toEqual([401, "invalid_client"])
  expect(world.store.dump()).toBe(before)
  expect(world.events).toEqual([])
}

describe("an assertion", () => {
  it("authenticates its client at every grant, with or without a client_id beside it", async () => {
    const tokens = (await (await send(assertion())).json()) as { refresh_token: string }
    const refreshed = await world.handle(
      refreshRequest(tokens.refresh_token, { ...asserted(assertion()), client_id: "k1" })
    )
    expect(refreshed.status).toBe(200)
    expect(await refreshed.json()).toMatchObject({ scope: "notes:read notes:write", token_type: "Bearer" })
  })

  it("[CAU-12] is for the issuer alone", async () => {
    for (const aud of [
      `${ISSUER}/token`,
      [ISSUER, "https://evil.example.com"],
      [ISSUER, ISSUER],
      ["https://evil.example.com", ISSUER],
      undefined,
      [],
      "https://other.example.com",
      `${ISSUER}/`,
      ISSUER.toUpperCase(),
      new URL(ISSUER).origin,
      { [ISSUER]: true },
      [[ISSUER]],
      null
    ]) {
      await refused(assertion({ aud }), "assertion-audience")
    }
    expect((await send(assertion({ aud: ISSUER }))).status).toBe(200)
    expect((await send(assertion({ aud: [ISSUER] }))).status).toBe(200)
  })

  it("[CAU-14] is refused whatever of it is wrong", async () => {
    await unread(assertion({ iss: "k2" }))
    await unread(assertion({ sub: "k2" }))
    await unread(assertion({ sub: undefined }))
    await unread(assertion({ iss: undefined }))
    await unread(assertion({ iss: ["k1"], sub: ["k1"] }))
    await unread(assertion({ iss: "", sub: "" }))
    await unread(assertion({}, {}, "nobody"))
    await unread(assertion(), { client_id: "k2" })
    await refused(assertion({ exp: undefined }), "assertion-time")
    await refused(assertion({ exp: start + 315_360_000 }), "assertion-time")
    await refused(assertion({ exp: String(start + 60) }), "assertion-time")
    await refused(assertion({ exp: start - 60 }), "assertion-time")
    await refused(assertion({ iat: start + 60 }), "assertion-time")
    await refused(assertion({ iat: "now" }), "assertion-time")
    await refused(assertion({ nbf: start + 60 }), "assertion-time")
    await unread(jws({ alg: "none" }, claims("k1"), pair.privateKey, "none"))
    await unread(jws({ alg: "HS256", kid: "a" }, claims("k1"), pair.publicKey, "HS256"))
    await unread(jws({ alg: "RS512", kid: "a" }, claims("k1"), pair.privateKey))
    await unread(jws({ kid: "a" }, claims("k1"), pair.privateKey))
    await refused(assertion({}, { kid: "b" }), "assertion-key")
    await unread(assertion({}, { typ: "at+jwt" }))
    await unread(assertion({}, { typ: "application/at+jwt" }))
    await unread(assertion({}, { typ: 1 }))
    await refused(assertion({ jti: undefined }), "assertion-identifier")
    await refused(assertion({ jti: "" }), "assertion-identifier")
    await refused(assertion({ jti: 1 }), "assertion-identifier")
    const used = assertion()
    expect((await send(used)).status).toBe(200)
    await refused(used, "assertion-replayed")
    await refused(jws(header, claims("k1"), other.privateKey), "assertion-signature")
    await refused(assertion().replace(/.{4}$/, "AAAA"), "assertion-signature")
    const [head, body] = assertion().split(".")
    await refused(`${head}.${body}.`, "assertion-signature")
  })

  it("[CAU-15] stands alone, is of the one type that there is, and has bounds", async () => {
    for (const client_assertion_type of [
      "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
      ASSERTION_TYPE.toUpperCase(),
      `${ASSERTION_TYPE} `,
      "jwt-bearer",
      undefined
    ]) {
      await unread(assertion(), { client_assertion_type })
    }
    await unread(assertion(), { client_assertion: undefined })
    const two = tokenRequest({ ...asserted(assertion()), code: "x", client_assertion: [assertion(), assertion()] })
    expect(await errorOf(world.handle(two))).toEqual([400, "invalid_request"])
    expect((await send("a".repeat(1_000_000), {}, "x")).status).toBe(413)
    await unread("a".repeat(60_000))
    await unread(assertion({ padding: "x".repeat(20_000) }))
  })

  it("is a JWS that every reader reads alike, and brings neither its key nor an extension", async () => {
    const text = JSON.stringify(claims("k1"))
    for (const bad of [
      "a.b.c",
      "a.b",
      "..",
      `${assertion()}.x`,
      `${assertion()}=`,
      ` ${assertion()}`,
      jws("[]", text, pair.privateKey),
      jws("null", text, pair.privateKey),
      jws(`\uFEFF${JSON.stringify(header)}`, text, pair.privateKey),
      jws('{"alg":"ES256","alg":"none","kid":"a"}', text, pair.privateKey),
      jws(header, text.replace("{", '{"sub":"k2",'), pair.privateKey),
      jws(header, "[]", pair.privateKey),
      jws({ ...header, kid: 1 }, text, pair.privateKey),
      jws({ ...header, jwk: publicJwk(other) }, text, other.privateKey),
      jws({ ...header, jku: "https://evil.example.com/jwks" }, text, pair.privateKey),
      jws({ ...header, x5c: [] }, text, pair.privateKey),
      jws({ ...header, x5u: "https://evil.example.com/x" }, text, pair.privateKey),
      jws({ ...header, crit: ["b64"], b64: false }, text, pair.privateKey),
      jws({ ...header, crit: [] }, text, pair.privateKey)
    ]) {
      await unread(bad)
    }
    for (const typ of [undefined, "JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"]) {
      expect((await send(assertion({}, { typ }))).status, typ).toBe(200)
    }
  })

  it("gets nobody in with one character of it changed or left out", async () => {
    const text = assertion()
    const status = async (changed: string) =>
      (await world.handle(tokenRequest({ ...asserted(changed), code: "x" }))).status
    for (let index = 0; index < text.length; index++) {
      const other = text[index] === "A" ? "B" : "A"
      expect(await status(`${text.slice(0, index)}${other}${text.slice(index + 1)}`), `${index}`).toBe(401)
      expect(await status(text.slice(0, index) + text.slice(index + 1)), `${index}`).toBe(401)
    }
    // The code is wrong, the client is right.
    expect(await status(text)).toBe(400)
  })

  it("is good for ten minutes at most, with five seconds for clocks that differ", async () => {
    for (const good of [
      { exp: start - 4 },
      { exp: start + 605 },
      { exp: start + 0.5 },
      { iat: start + 5 },
      { nbf: start + 5 },
      { iat: undefined },
      { iat: start - 86_400 }
    ]) {
      expect((await send(assertion(good))).status, JSON.stringify(good)).toBe(200)
    }
    for (const bad of [{ exp: start - 5 }, { exp: start + 606 }, { iat: start + 6 }, { nbf: start + 6 }]) {
      await refused(assertion(bad), "assertion-time")
    }
  })

  it("is used by one of 64 requests at once", async () => {
    const text = assertion()
    const codes = await Promise.all(Array.from({ length: 64 }, () => obtainCode(world, { client_id: "k1" })))
    const answers = await Promise.all(codes.map((code) => send(text, {}, code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(63)
  })

  it("is remembered as long as it would be accepted, for its own client alone", async () => {
    const jti = "the same"
    expect((await send(assertion({ jti }))).status).toBe(200)
    const second = await obtainCode(world, { client_id: "k2" })
    expect((await send(assertion({ jti }, {}, "k2"), {}, second)).status).toBe(200)
    // Another assertion with the identifier of the first.
    await refused(assertion({ jti, exp: start + 300 }), "assertion-replayed")
    world.now = start + 64
    expect(await errorOf(send(assertion({ jti, exp: start + 400 })))).toEqual([401, "invalid_client"])
    world.now = start + 65
    expect((await send(assertion({ jti, exp: start + 400 }))).status).toBe(200)
    // Neither it nor its identifier is in the store, only a hash.
    expect(world.store.dump()).not.toContain(jti)
  })

  it("may be signed with each algorithm that the metadata names, by the one key that fits", async () => {
    const pairs = {
      ES256: ec(),
      ES384: ec("P-384"),
      ES512: ec("P-521"),
      EdDSA: ed(),
      Ed25519: ed(),
      PS256: rsa(),
      RS256: rsa()
    }
    const metadata = await world.handle(
      new Request("https://as.example.com/.well-known/oauth-authorization-server/tenant")
    )
    expect(Object.keys(pairs)).toEqual(
      ((await metadata.json()) as Record<string, unknown>)["token_endpoint_auth_signing_alg_values_supported"]
    )
    const keys = Object.entries(pairs).map(([alg, one]) => publicJwk(one, { kid: alg }))
    world = await makeWorld({ clients: [{ ...k1, jwks: { keys } }] })
    for (const [alg, { privateKey }] of Object.entries(pairs)) {
      const head = { alg, kid: alg }
      expect((await send(jws(head, claims("k1"), privateKey, alg))).status, alg).toBe(200)
      const pinned = keys.map((key) => (key["kid"] === alg ? { ...key, alg } : key))
      const only = await makeWorld({ clients: [{ ...k1, tokenEndpointAuthSigningAlg: alg, jwks: { keys: pinned } }] })
      const code = await obtainCode(only, { client_id: "k1" })
      const wrong = alg === "ES256" ? "ES384" : "ES256"
      const by = (name: "ES256" | "ES384") => jws({ alg: name, kid: name }, claims("k1"), pairs[name].privateKey, name)
      expect(await errorOf(only.handle(tokenRequest({ ...asserted(by(wrong)), code })))).toEqual([
        401,
        "invalid_client"
      ])
      const right = tokenRequest({ ...asserted(jws(head, claims("k1"), privateKey, alg)), code })
      expect((await only.handle(right)).status, alg).toBe(200)
    }
  })

  it("is refused where two keys fit, where the key is for another algorithm, and where it is too short", async () => {
    const twice = { keys: [publicJwk(pair), publicJwk(other)] }
    const long = rsa()
    const pinned = { keys: [publicJwk(long, { kid: "r", alg: "PS256" })] }
    const short = rsa(1024)
    for (const [reason, jwks, text] of [
      ["assertion-key", twice, jws({ alg: "ES256" }, claims("k1"), pair.privateKey)],
      ["assertion-key", pinned, jws({ alg: "RS256", kid: "r" }, claims("k1"), long.privateKey, "RS256")],
      ["assertion-key", { keys: [publicJwk(short)] }, jws({ alg: "RS256" }, claims("k1"), short.privateKey, "RS256")],
      ["assertion-key", { keys: [publicJwk(ec("P-384"))] }, jws({ alg: "ES256" }, claims("k1"), pair.privateKey)]
    ] as const) {
      world = await makeWorld({ clients: [{ ...k1, jwks }] })
      expect(await errorOf(send(text))).toEqual([401, "invalid_client"])
      expect(world.events.map(({ detail }) => detail)).toEqual([reason])
    }
    world = await makeWorld({ clients: [{ ...k1, jwks: { keys: [publicJwk(pair)] } }] })
    expect((await send(jws({ alg: "ES256" }, claims("k1"), pair.privateKey))).status).toBe(200)
  })

  it("is refused where the record has lost its keys, and where key sets are not fetched any more", async () => {
    for (const [clientId, jwksUri] of [
      ["lost", undefined],
      ["elsewhere", "https://client.example.com/jwks.json"]
    ] as const) {
      const client = {
        clientId,
        origin: "registered",
        name: "Registered",
        redirectUris: [CALLBACK],
        tokenEndpointAuthMethod: "private_key_jwt",
        jwksUri,
        grantTypes: ["authorization_code"],
        applicationType: "web",
        createdAt: 0
      } as const
      await Effect.runPromise(world.store.addClient({ client }, { maximum: 10 }))
      expect(await errorOf(send(assertion({}, {}, clientId), {}, "x"))).toEqual([401, "invalid_client"])
      expect(world.events.at(-1)).toEqual({ event: "client-assertion-refused", clientId, detail: "keys-unavailable" })
    }
  })

  it("is told to the operator with its client and the reason, and nothing of its text", async () => {
    const text = assertion({ jti: "an identifier", aud: "https://other.example.com" })
    await send(text)
    expect(world.events).toEqual([{ event: "client-assertion-refused", clientId: "k1", detail: "assertion-audience" }])
  })

  it("is answered 503 where the store does not remember it, and gets nothing", async () => {
    const code = await obtainCode(world, { client_id: "k1" })
    const text = assertion()
    world.store.mode = "failed"
    expect(await errorOf(send(text, {}, code))).toEqual([503, "temporarily_unavailable"])
    world.store.mode = "works"
    expect((await send(text, {}, code)).status).toBe(200)
  })
})
