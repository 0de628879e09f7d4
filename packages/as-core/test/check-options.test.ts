import { type AuthorizationServerOptions, ConfigurationInvalid, makeAuthorizationServer } from "@postern/as-core"
import { isRejection } from "@postern/rejection"
import { FetchRejected, type Transport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { ec, publicJwk } from "./assertion/signing.ts"
import { C2_SECRET_HASH, CALLBACK, ISSUER, KEY, MAIL, NOTES } from "./fixture.ts"
import { makeMemoryStore } from "./memory-store.ts"

const scopes = { "notes:read": { description: "Read notes" } }
const client = { clientId: "c", name: "C", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" as const }

const options: AuthorizationServerOptions = {
  issuer: ISSUER,
  resources: [{ resource: NOTES, scopes }],
  store: makeMemoryStore(),
  keys: [KEY],
  people: { authenticate: () => Effect.succeed(undefined), find: () => Effect.succeed(undefined) },
  pages: { signIn: () => "", consent: () => "", error: () => "" }
}

/** The key that is named as wrong, the reason and the clause. */
const wrong = async (change: object): Promise<ConfigurationInvalid> => {
  const error = await Effect.runPromise(Effect.flip(makeAuthorizationServer({ ...options, ...change })))
  expect(error).toBeInstanceOf(ConfigurationInvalid)
  expect(isRejection(error)).toBe(true)
  expect(error.message).toBe(`${error.key}: ${error.reason}`)
  return error
}

const keyOf = async (change: object): Promise<string> => (await wrong(change)).key

describe("options", () => {
  it("that are right make a server", async () => {
    expect((await Effect.runPromise(makeAuthorizationServer(options))).issuer).toBe(ISSUER)
  })

  it("[AS7] [E8] that name http off loopback are refused, each by its key", async () => {
    for (const [key, change] of [
      ["issuer", { issuer: "http://as.example.com" }],
      ["resources[0].resource", { resources: [{ resource: "http://mcp.example.com/mcp", scopes }] }],
      ["clients[0].redirectUris[0]", { clients: [{ ...client, redirectUris: ["http://client.example.com/cb"] }] }]
    ] as const) {
      const error = await wrong(change)
      expect(error.key).toBe(key)
      expect(error.reason).toContain("https")
    }
    expect((await wrong({ issuer: "http://as.example.com" })).spec).toBe("OAuth 2.1 section 1.5")
    const loopback = {
      ...options,
      issuer: "http://127.0.0.1:8080",
      resources: [{ resource: "http://localhost:3000/mcp", scopes }],
      clients: [{ ...client, redirectUris: ["http://127.0.0.1/cb"] }]
    }
    expect((await Effect.runPromise(makeAuthorizationServer(loopback))).issuer).toBe("http://127.0.0.1:8080")
  })

  it("that hold an unknown key at any depth are refused, and the key is named", async () => {
    for (const [key, change] of [
      ["isuer", { isuer: ISSUER }],
      ["resources[0].scope", { resources: [{ resource: NOTES, scopes, scope: [] }] }],
      [
        "resources[0].scopes.notes:read.adminOnly",
        { resources: [{ resource: NOTES, scopes: { "notes:read": { description: "", adminOnly: true } } }] }
      ],
      ["keys[0].use", { keys: [{ ...KEY, use: "sig" }] }],
      ["clients[0].secret", { clients: [{ ...client, secret: "x" }] }],
      ["registration.document", { registration: { document: {} } }],
      ["registration.dynamic.maximum", { registration: { dynamic: { maximum: 1 } } }],
      ["lifetimes.accesToken", { lifetimes: { accesToken: 1 } }],
      ["toString", { toString: 1 }]
    ] as const) {
      expect(await keyOf(change)).toBe(key)
    }
  })

  it("name the issuer when it is none", async () => {
    for (const issuer of ["", "as.example.com", `${ISSUER}?x=1`, `${ISSUER}#f`])
      expect(await keyOf({ issuer })).toBe("issuer")
  })

  it("name the resource and scopes that are wrong", async () => {
    const resource = { resource: NOTES, scopes }
    for (const [key, resources] of [
      ["resources", []],
      ["resources[0].resource", [{ ...resource, resource: "notes" }]],
      ["resources[0].resource", [{ ...resource, resource: `${NOTES}#f` }]],
      ["resources[1].resource", [resource, resource]],
      ["resources[0].scopes", [{ ...resource, scopes: {} }]],
      ["resources[0].scopes", [{ ...resource, scopes: { "a b": { description: "" } } }]],
      ["resources[0].scopes", [{ ...resource, scopes: { offline_access: { description: "" } } }]],
      ["resources[0].defaultScope", [{ ...resource, defaultScope: ["other"] }]]
    ] as const) {
      expect(await keyOf({ resources })).toBe(key)
    }
  })

  it("name the client that is wrong", async () => {
    for (const [key, clients] of [
      ["clients[0].clientId", [{ ...client, clientId: "" }]],
      ["clients[0].clientId", [{ ...client, clientId: "a\n" }]],
      ["clients[1].clientId", [client, client]],
      ["clients[0].redirectUris[0]", [{ ...client, redirectUris: [] }]],
      ["clients[0].redirectUris[1]", [{ ...client, redirectUris: [CALLBACK, "javascript:alert(1)"] }]],
      ["clients[0].redirectUris[0]", [{ ...client, redirectUris: [`${ISSUER}/token`] }]],
      ["clients[0].redirectUris[0]", [{ ...client, redirectUris: [`${CALLBACK}?state=x`] }]],
      ["clients[0].tokenEndpointAuthMethod", [{ ...client, tokenEndpointAuthMethod: "client_secret_jwt" }]],
      ["clients[0].grantTypes", [{ ...client, grantTypes: ["client_credentials"] }]],
      ["clients[0].grantTypes", [{ ...client, grantTypes: ["password"] }]],
      ["clients[0].dpopBoundAccessTokens", [{ ...client, dpopBoundAccessTokens: true }]],
      ["clients[0].secretHash", [{ ...client, tokenEndpointAuthMethod: "client_secret_basic" }]],
      ["clients[0].secretHash", [{ ...client, secretHash: C2_SECRET_HASH }]],
      [
        "clients[0].secretHash",
        [{ ...client, tokenEndpointAuthMethod: "client_secret_post", secretHash: "plain secret" }]
      ]
    ] as const) {
      expect(await keyOf({ clients })).toBe(key)
    }
  })

  it("name what is wrong with a group of resources", async () => {
    const two = {
      resources: [
        { resource: NOTES, scopes },
        { resource: MAIL, scopes }
      ]
    }
    for (const [key, audienceGroups] of [
      ["audienceGroups[0].name", [{ name: "", resources: [NOTES, MAIL] }]],
      [
        "audienceGroups[1].name",
        [
          { name: "a", resources: [NOTES, MAIL] },
          { name: "a", resources: [NOTES, MAIL] }
        ]
      ],
      ["audienceGroups[0].resources[1]", [{ name: "a", resources: [NOTES, `${MAIL}/`] }]],
      ["audienceGroups[0].resources", [{ name: "a", resources: [NOTES] }]],
      ["audienceGroups[0].resources", [{ name: "a", resources: [NOTES, NOTES] }]],
      ["audienceGroups[0].resources", [{ name: "a", resources: [NOTES, MAIL, NOTES] }]],
      ["audienceGroups[0].resource", [{ name: "a", resources: [NOTES, MAIL], resource: NOTES }]]
    ] as const) {
      expect(await keyOf({ ...two, audienceGroups })).toBe(key)
    }
    const audienceGroups = [{ name: "a", resources: [NOTES, MAIL] }]
    await Effect.runPromise(makeAuthorizationServer({ ...options, ...two, audienceGroups }))
  })

  it("name what is wrong with DPoP", async () => {
    const secret = new Uint8Array(32).fill(1)
    expect(await keyOf({ dpop: { algorithms: [] } })).toBe("dpop.algorithms")
    expect(await keyOf({ dpop: { nonces: { secret: new Uint8Array(31) } } })).toBe("dpop.nonces.secret")
    expect(await keyOf({ dpop: { nonces: { secret, lifetimeSeconds: 0 } } })).toBe("dpop.nonces.lifetimeSeconds")
    // The store remembers proofs, and nothing else.
    expect(await keyOf({ dpop: { memory: {} } as object })).toBe("dpop.memory")
    const dpop = { algorithms: ["ES256" as const], nonces: { secret, lifetimeSeconds: 60 } }
    await Effect.runPromise(makeAuthorizationServer({ ...options, dpop }))
  })

  it("name what is wrong with the keys of a client", async () => {
    const jwks = { keys: [publicJwk(ec())] }
    const jwksUri = "https://client.example.com/jwks.json"
    const key = { ...client, tokenEndpointAuthMethod: "private_key_jwt" as const }
    const transport: Transport = { fetch: ({ url }) => Effect.fail(new FetchRejected({ reason: "redirect", url })) }
    const registration = { documents: { transport } }
    for (const [name, members] of [
      ["jwks", {}],
      ["jwks", { jwks, jwksUri }],
      ["jwks", { jwks: { keys: [] } }],
      ["jwks", { jwks: { keys: [ec().privateKey.export({ format: "jwk" })] } }],
      ["jwks", { jwks, tokenEndpointAuthSigningAlg: "RS256" }],
      ["jwksUri", { jwksUri: "http://client.example.com/jwks.json" }],
      ["jwksUri", { jwksUri: "jwks.json" }],
      ["tokenEndpointAuthSigningAlg", { jwks, tokenEndpointAuthSigningAlg: "HS256" }],
      ["secretHash", { jwks, secretHash: C2_SECRET_HASH }]
    ] as const) {
      expect(await keyOf({ registration, clients: [{ ...key, ...members }] })).toBe(`clients[0].${name}`)
    }
    // Nothing is there to fetch it.
    expect(await keyOf({ clients: [{ ...key, jwksUri }] })).toBe("clients[0].jwksUri")
    for (const [name, members] of [
      ["jwks", { jwks }],
      ["jwksUri", { jwksUri }],
      ["tokenEndpointAuthSigningAlg", { tokenEndpointAuthSigningAlg: "ES256" }]
    ] as const) {
      expect(await keyOf({ registration, clients: [{ ...client, ...members }] })).toBe(`clients[0].${name}`)
    }
    for (const members of [{ jwks }, { jwksUri }]) {
      const right = { ...options, registration, clients: [{ ...key, ...members }] }
      expect((await Effect.runPromise(makeAuthorizationServer(right))).issuer).toBe(ISSUER)
    }
  })

  it("name the lifetime or the number that is out of bounds", async () => {
    for (const [name, values] of [
      ["code", [0, 601, 1.5, Number.NaN]],
      ["accessToken", [0, 3601]],
      ["refreshToken", [-1]],
      ["grant", [Number.POSITIVE_INFINITY]],
      ["consent", [0, 3660 * 86_400 + 1]],
      ["interaction", [3601]],
      ["session", [0]],
      ["refreshReplay", [-1, 61, 1.5]]
    ] as const) {
      for (const value of values) expect(await keyOf({ lifetimes: { [name]: value } })).toBe(`lifetimes.${name}`)
    }
    // A token that is revoked by its refresh token must not outlive that.
    expect(await keyOf({ lifetimes: { refreshToken: 599 } })).toBe("lifetimes.refreshToken")
    expect(await keyOf({ lifetimes: { accessToken: 300, refreshToken: 299 } })).toBe("lifetimes.refreshToken")
    expect(await keyOf({ lifetimes: { accessToken: 300, refreshToken: 300, session: 0 } })).toBe("lifetimes.session")
    for (const name of ["tokens", "authorizations", "revocations"]) {
      for (const value of [0, 1.5, 1_000_001]) {
        expect(await keyOf({ rates: { [name]: value } })).toBe(`rates.${name}`)
      }
    }
    expect(await keyOf({ rates: { token: 1 } })).toBe("rates.token")
    expect(await keyOf({ registration: { dynamic: { maximumClients: 0 } } })).toBe(
      "registration.dynamic.maximumClients"
    )
  })

  it("[ISS-04] name the key that cannot sign: there is no built-in one", async () => {
    const { privateKey } = KEY
    for (const [key, keys] of [
      ["keys", []],
      ["keys", [KEY, KEY]],
      ["keys[0].kid", [{ ...KEY, kid: "" }]],
      ["keys[0].alg", [{ ...KEY, alg: "none" }]],
      ["keys[0].privateKey", [{ ...KEY, privateKey: { ...privateKey, d: undefined } }]],
      ["keys[0].privateKey", [{ ...KEY, privateKey: { ...privateKey, crv: "P-384" } }]],
      ["keys[0].privateKey", [{ ...KEY, privateKey: { ...privateKey, d: "AAAA" } }]],
      ["keys[1].privateKey", [KEY, { ...KEY, kid: "k2", privateKey: { ...privateKey, x: privateKey.y } }]]
    ] as const) {
      const error = await wrong({ keys })
      expect(error.key).toBe(key)
      expect(error.message).not.toContain(privateKey.d)
    }
    // The public half of another key.
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])
    const { x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey)
    expect(await keyOf({ keys: [{ ...KEY, privateKey: { ...privateKey, x, y } }] })).toBe("keys[0].privateKey")
  })
})
