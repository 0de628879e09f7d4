import { explain } from "@postern/client-flow"
import { decodeBase64Url, generateKeyPair, importPublicKey, isSignature } from "@postern/bytes"
import { type ClientKeyOptions, makeClientKey } from "@postern/client-flow/private-key-jwt"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { readJwt } from "./read-jwt.ts"
import {
  ASM_URL,
  call,
  failure,
  ISSUER,
  json,
  makeWorld,
  REGISTER_URL,
  RESOURCE,
  serverMetadata,
  TOKEN_URL,
  type World
} from "./world.ts"

const { privateJwk, publicJwk } = await Effect.runPromise(generateKeyPair("ES256"))
const clientKey = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk, keyId: "k1" }))
const registrations = [{ issuer: ISSUER, clientId: "mine", clientKey }]

const withMetadata = (members: Readonly<Record<string, unknown>>): World => {
  const world = makeWorld()
  const methods = { token_endpoint_auth_methods_supported: ["private_key_jwt"] }
  world.routes.set(ASM_URL, () => json(serverMetadata({ ...methods, ...members })))
  return world
}

const assertionsOf = (world: World, url = TOKEN_URL) =>
  world.forms(url).map((form) => readJwt(form.get("client_assertion")))

describe("private_key_jwt", () => {
  it("[CAU-18] [XC3] signs that the client is itself, for the issuer alone, for a minute", async () => {
    const now = 1_800_000_000
    const assertion = await Effect.runPromise(
      Effect.andThen(TestClock.setTime(now * 1000), clientKey.assert({ clientId: "mine", issuer: ISSUER })).pipe(
        Effect.provide(TestClock.layer())
      )
    )
    const { claims, header } = readJwt(assertion)
    expect(header).toEqual({ typ: "client-authentication+jwt", alg: "ES256", kid: "k1" })
    const { jti, ...rest } = claims
    expect(rest).toEqual({ iss: "mine", sub: "mine", aud: "https://as.example.com", iat: now, exp: now + 60 })
    // 128 random bits.
    expect(jti).toMatch(/^[A-Za-z0-9_-]{22}$/)

    const key = await Effect.runPromise(importPublicKey("ES256", publicJwk))
    const [head, payload, signature] = assertion.split(".").map((part) => part)
    const bytes = decodeBase64Url(signature ?? "")
    if (!key || !bytes) throw new Error("no key or no signature")
    expect(await isSignature("ES256", key, bytes, new TextEncoder().encode(`${head}.${payload}`))).toBe(true)
  })

  it("[CAU-18] authenticates the exchange and the refresh by it, each time with another, and by nothing else", async () => {
    const world = withMetadata({})
    const client = world.client({ registrations })
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.issued.length = 0
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    expect(world.forms(TOKEN_URL).map((form) => form.get("grant_type"))).toEqual([
      "authorization_code",
      "refresh_token"
    ])
    for (const { body, headers } of world.requestsTo(TOKEN_URL)) {
      const form = new URLSearchParams(body)
      expect(form.getAll("client_assertion_type")).toEqual(["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"])
      expect(form.getAll("client_assertion")).toHaveLength(1)
      expect(form.getAll("client_id")).toEqual(["mine"])
      expect(form.has("client_secret")).toBe(false)
      expect(headers.has("authorization")).toBe(false)
    }
    const assertions = assertionsOf(world)
    expect(assertions.map(({ claims }) => claims["aud"])).toEqual([ISSUER, ISSUER])
    expect(new Set(assertions.map(({ claims }) => claims["jti"])).size).toBe(2)
  })

  it("[CAU-18] names the recorded issuer also where the token endpoint is at another server", async () => {
    const world = withMetadata({ token_endpoint: "https://other.example/token" })
    world.routes.set("https://other.example/token", () => json({ access_token: "t", token_type: "Bearer" }))
    const relax = [{ issuer: ISSUER, allow: "endpoint-other-origin", reason: "test" }] as const
    await Effect.runPromise(world.client({ registrations, relax }).authorize({ resource: RESOURCE }))
    expect(assertionsOf(world, "https://other.example/token").map(({ claims }) => claims["aud"])).toEqual([ISSUER])
  })

  it("names the issuer of the document where that differs by a slash", async () => {
    const world = withMetadata({ issuer: `${ISSUER}/` })
    world.answer = ({ parameters, redirectUri }) =>
      `${redirectUri}?code=c&state=${parameters.get("state")}&iss=${encodeURIComponent(`${ISSUER}/`)}`
    const relax = [{ issuer: ISSUER, allow: "issuer-trailing-slash", reason: "test" }] as const
    await Effect.runPromise(world.client({ registrations, relax }).authorize({ resource: RESOURCE }))
    expect(assertionsOf(world).map(({ claims }) => claims["aud"])).toEqual(["https://as.example.com/"])
  })

  it.each([
    [
      { token_endpoint_auth_methods_supported: ["client_secret_basic", "none"] },
      { expected: "private_key_jwt", received: "client_secret_basic none" }
    ],
    [
      { token_endpoint_auth_methods_supported: undefined },
      { expected: "private_key_jwt", received: "client_secret_basic" }
    ],
    [
      { token_endpoint_auth_signing_alg_values_supported: ["RS256", "PS256"] },
      { expected: "ES256", received: "RS256 PS256" }
    ]
  ])("[ASM-11] [XC4] sends no assertion to a server that does not list it: %o", async (members, difference) => {
    const world = withMetadata(members)
    const error = await failure(world.client({ registrations }).fetch(RESOURCE, call()))
    const [member] = Object.keys(members)
    expect(error).toMatchObject({ _tag: "ClientAuthenticationUnsupported", issuer: ISSUER, member })
    expect(explain(error)).toMatchObject(difference)
    expect(world.requestsTo(TOKEN_URL)).toEqual([])
    expect(world.visits).toEqual([])
  })

  it("sends one where the operator says that it was agreed, whatever the metadata says", async () => {
    const world = withMetadata({ token_endpoint_auth_methods_supported: ["none"] })
    const [registration] = registrations
    const agreed = {
      issuer: ISSUER,
      clientId: "mine",
      clientKey,
      ...registration,
      tokenEndpointAuthMethod: "private_key_jwt"
    } as const
    await Effect.runPromise(world.client({ registrations: [agreed] }).fetch(RESOURCE, call()))
    expect(assertionsOf(world)).toHaveLength(1)
  })

  it("[CL11] [AS13] authenticates by the key of a metadata document, and registers where the server cannot do that", async () => {
    const options = { clientIdMetadataUrl: "https://client.example/c.json", clientIdMetadataKey: clientKey }
    const world = withMetadata({ client_id_metadata_document_supported: true })
    const client = world.client(options)
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.issued.length = 0
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    expect(assertionsOf(world).map(({ claims }) => claims["sub"])).toEqual([
      "https://client.example/c.json",
      "https://client.example/c.json"
    ])

    const other = withMetadata({
      client_id_metadata_document_supported: true,
      token_endpoint_auth_methods_supported: ["none"]
    })
    await Effect.runPromise(other.client(options).fetch(RESOURCE, call()))
    expect(other.urls()).toContain(REGISTER_URL)
    expect(other.visits[0]?.parameters.get("client_id")).toBe("registered-client")
  })

  it("[LOG-01] keeps key and assertion out of the store and the events", async () => {
    const world = withMetadata({})
    await Effect.runPromise(world.client({ registrations }).fetch(RESOURCE, call()))
    const assertion = world.forms(TOKEN_URL)[0]?.get("client_assertion") ?? ""
    const told = JSON.stringify([
      world.events,
      await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    ])
    expect(told).not.toContain(privateJwk["d"])
    expect(told).not.toContain(assertion)
    expect(told).toContain('"client_assertion":"<redacted>"')
  })

  it("is a failure with a key that the platform refuses, and nothing is sent", async () => {
    const world = withMetadata({})
    const broken = { ...privateJwk, y: privateJwk["x"] ?? "" }
    const key = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk: broken }))
    const error = await failure(
      world.client({ registrations: [{ issuer: ISSUER, clientId: "mine", clientKey: key }] }).fetch(RESOURCE, call())
    )
    expect(error).toMatchObject({ _tag: "ClientKeyUnusable", kind: "failure", algorithm: "ES256" })
    expect(world.requestsTo(TOKEN_URL)).toEqual([])
  })
})

describe("the key of a client", () => {
  const right: ClientKeyOptions = { algorithm: "ES256", privateJwk }
  it.each([
    ["algorithm", { algorithm: "HS256" }],
    ["algorithm", { algorithm: "none" }],
    ["privateJwk", { privateJwk: publicJwk }],
    ["privateJwk", { algorithm: "ES384" }],
    ["privateJwk", { privateJwk: { kty: "oct", k: "AAAA" } }],
    ["privateJwk", { privateJwk: null }],
    ["keyId", { keyId: "a\nb" }],
    ["kid", { kid: "k1" }]
  ])("is refused by the name of what is wrong: %s (case %#)", (key, change) => {
    expect(makeClientKey(Object.assign({}, right, change))).toMatchObject({
      failure: { _tag: "ConfigurationInvalid", key }
    })
  })

  it("signs with what the JWK says of the key, whatever else stands in it", async () => {
    const more = { ...privateJwk, use: "enc", key_ops: ["verify"], alg: "ES384", kid: "other" }
    const key = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk: more }))
    const { header } = readJwt(await Effect.runPromise(key.assert({ clientId: "c", issuer: ISSUER })))
    expect(header).toEqual({ typ: "client-authentication+jwt", alg: "ES256" })
  })
})
