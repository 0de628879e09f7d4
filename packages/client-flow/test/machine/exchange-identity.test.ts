import { explain } from "@postern/client-flow"
import { audienceParameter } from "@postern/client-flow/exceptions"
import type { EnterpriseGrant, IdentityProvider } from "@postern/client-flow/machine"
import { generateKeyPair } from "@postern/bytes"
import { makeClientKey } from "@postern/client-flow/private-key-jwt"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { readJwt } from "../read-jwt.ts"
import {
  ASM_URL,
  call,
  failure,
  ISSUER,
  json,
  makeWorld,
  PRM_URL,
  RESOURCE,
  serverMetadata,
  TOKEN_URL,
  unauthorized,
  type World
} from "../world.ts"

const IDP = "https://idp.example.com"
const IDP_TOKEN_URL = "https://idp.example.com/oauth2/token"
const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

const claims = {
  iss: IDP,
  sub: "U019488227",
  aud: ISSUER,
  resource: RESOURCE,
  client_id: "machine",
  jti: "9e43f81b64a33f20116179",
  iat: 1_700_000_000,
  exp: 4_000_000_000
}

/** An assertion as an identity provider would sign it; nobody here looks at the signature. */
const idJag = (changes: object = {}, header: object = { alg: "ES256", typ: "oauth-id-jag+jwt" }) =>
  `${encode(header)}.${encode({ ...claims, ...changes })}.c2lnbmF0dXJl`

const exchanged = (assertion: string, changes: object = {}) =>
  json({ access_token: assertion, issued_token_type: ID_JAG, token_type: "N_A", expires_in: 300, ...changes })

const enterpriseWorld = (answer: () => Response = () => exchanged(idJag())): World => {
  const world = makeWorld()
  world.routes.set(ASM_URL, () =>
    json(
      serverMetadata({
        grant_types_supported: ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
        token_endpoint_auth_methods_supported: ["client_secret_basic"]
      })
    )
  )
  world.routes.set(IDP_TOKEN_URL, answer)
  return world
}

const grantOf = (provider: Partial<IdentityProvider> = {}): EnterpriseGrant => ({
  type: "enterprise",
  identityProvider: {
    issuer: IDP,
    tokenEndpoint: IDP_TOKEN_URL,
    clientId: "wiki",
    clientSecret: "idp-secret",
    ...provider
  },
  subjectToken: () => Effect.succeed({ type: "id_token", token: "the.id.token" })
})

describe("a person of an enterprise", () => {
  it("[XE1] [XE5] gets in by three legs: the ID token, the assertion for this server and resource, the access token", async () => {
    const world = enterpriseWorld()
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? json({}) : unauthorized(`resource_metadata="${PRM_URL}", scope="read"`)
    )
    const client = world.machine({ grant: grantOf() })
    expect((await Effect.runPromise(client.fetch(RESOURCE, call()))).status).toBe(200)
    expect(world.urls()).toEqual([RESOURCE, PRM_URL, ASM_URL, IDP_TOKEN_URL, TOKEN_URL, RESOURCE])
    expect([...(world.forms(IDP_TOKEN_URL)[0] ?? [])]).toEqual([
      ["grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"],
      ["requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"],
      ["audience", "https://as.example.com"],
      ["subject_token", "the.id.token"],
      ["subject_token_type", "urn:ietf:params:oauth:token-type:id_token"],
      ["scope", "read"],
      ["resource", "https://mcp.example.com/mcp"]
    ])
    expect(world.requestsTo(IDP_TOKEN_URL)[0]?.headers.get("authorization")).toBe(`Basic ${btoa("wiki:idp-secret")}`)
    expect([...(world.forms(TOKEN_URL)[0] ?? [])]).toEqual([
      ["grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
      ["assertion", idJag()],
      ["resource", "https://mcp.example.com/mcp"]
    ])
    expect(world.requestsTo(TOKEN_URL)[0]?.headers.get("authorization")).toMatch(/^Basic /)
  })

  it("[LOG-01] [CAU-17] shows each of its secrets to the one that it is for", async () => {
    const world = enterpriseWorld()
    await Effect.runPromise(world.machine({ grant: grantOf() }).fetch(RESOURCE, call()))
    const carriers = (secret: string) =>
      world.seen.flatMap(({ body, headers, url }) =>
        `${url} ${decodeURIComponent(body)} ${[...headers].join()}`.includes(secret) ? [url] : []
      )
    expect(carriers("the.id.token")).toEqual([IDP_TOKEN_URL])
    expect(carriers(btoa("wiki:idp-secret"))).toEqual([IDP_TOKEN_URL])
    expect(carriers(idJag())).toEqual([TOKEN_URL])
    const told = JSON.stringify([
      world.events,
      await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    ])
    for (const secret of ["the.id.token", "idp-secret", "s3cret", idJag()]) expect(told).not.toContain(secret)
  })

  it("has its assertion for this server, whatever an exception for the identity provider adds", async () => {
    const world = enterpriseWorld()
    const relax = [{ issuer: IDP, allow: audienceParameter("https://other.example"), reason: "test" }]
    await Effect.runPromise(world.machine({ grant: grantOf(), relax }).fetch(RESOURCE, call()))
    expect(world.forms(IDP_TOKEN_URL)[0]?.getAll("audience")).toEqual(["https://as.example.com"])
  })

  it("may be known to the identity provider by a key, or by its name alone, and by a SAML assertion", async () => {
    const { privateJwk } = await Effect.runPromise(generateKeyPair("ES256"))
    const clientKey = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk }))
    const byKey = enterpriseWorld()
    await Effect.runPromise(
      byKey.machine({ grant: grantOf({ clientSecret: undefined, clientKey }) }).fetch(RESOURCE, call())
    )
    const assertion = readJwt(byKey.forms(IDP_TOKEN_URL)[0]?.get("client_assertion"))
    expect(assertion.claims).toMatchObject({ iss: "wiki", sub: "wiki", aud: IDP })
    expect(byKey.requestsTo(IDP_TOKEN_URL)[0]?.headers.has("authorization")).toBe(false)

    const byName = enterpriseWorld()
    const saml = () => Effect.succeed({ type: "saml2", token: "PHNhbWw+" } as const)
    const grant = { ...grantOf({ clientSecret: undefined }), subjectToken: saml }
    await Effect.runPromise(byName.machine({ grant }).fetch(RESOURCE, call()))
    const form = byName.forms(IDP_TOKEN_URL)[0]
    expect(form?.get("client_id")).toBe("wiki")
    expect(form?.get("subject_token_type")).toBe("urn:ietf:params:oauth:token-type:saml2")
  })

  it("has the scope that the assertion allows, where the server says nothing else", async () => {
    const world = enterpriseWorld(() => exchanged(idJag({ scope: "read" })))
    await Effect.runPromise(
      world.machine({ grant: grantOf(), scope: { extra: ["read", "write"] } }).fetch(RESOURCE, call())
    )
    const [held] = await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    expect(held).toMatchObject({ requestedScope: ["read", "write"], grantedScope: ["read"] })
  })

  it("is told what the identity provider refuses, and no server hears of it", async () => {
    const world = enterpriseWorld(() => json({ error: "insufficient_user_authentication" }, 400))
    expect(await failure(world.machine({ grant: grantOf() }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "TokenRequestRejected",
      issuer: IDP,
      grant: "urn:ietf:params:oauth:grant-type:token-exchange",
      error: "insufficient_user_authentication"
    })
    expect(world.requestsTo(TOKEN_URL)).toEqual([])
  })

  it.each([
    { issued_token_type: "urn:ietf:params:oauth:token-type:access_token" },
    { token_type: "Bearer" },
    { access_token: "" }
  ])("[XE3] sends on nothing that is no assertion: %o", async (changes) => {
    const world = enterpriseWorld(() => exchanged(idJag(), changes))
    expect(await failure(world.machine({ grant: grantOf() }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "TokenResponseMalformed"
    })
    expect(world.requestsTo(TOKEN_URL)).toEqual([])
  })

  it.each([
    ["form", "not-a-jwt"],
    ["form", `${idJag()}.more`],
    ["form", `${encode([])}.${encode(claims)}.s`],
    ["typ", idJag({}, { alg: "ES256", typ: "JWT" }), "oauth-id-jag+jwt", "JWT"],
    ["typ", idJag({}, { alg: "ES256" }), "oauth-id-jag+jwt", undefined],
    ["iss", idJag({ iss: "https://evil.example" }), IDP, "https://evil.example"],
    ["iss", idJag({ iss: `${IDP}/` }), IDP, `${IDP}/`],
    ["iss", idJag({ iss: [IDP] }), IDP, `["${IDP}"]`],
    ["aud", idJag({ aud: "https://other-as.example.com" }), ISSUER, "https://other-as.example.com"],
    ["aud", idJag({ aud: `${ISSUER}/` }), ISSUER, `${ISSUER}/`],
    ["aud", idJag({ aud: [ISSUER, "https://other.example"] }), ISSUER, `["${ISSUER}","https://other.example"]`],
    ["aud", idJag({ aud: [] }), ISSUER, "[]"],
    ["aud", idJag({ aud: { toString: 1 } }), ISSUER, '{"toString":1}'],
    ["aud", idJag({ aud: undefined }), ISSUER, undefined],
    ["client_id", idJag({ client_id: "somebody\u202E-else" }), "machine", "somebody\uFFFD-else"],
    ["resource", idJag({ resource: "https://mcp.example.com/other" }), RESOURCE, "https://mcp.example.com/other"],
    ["resource", idJag({ resource: undefined }), RESOURCE, undefined],
    ["exp", idJag({ exp: 1 }), expect.stringMatching(/^later than \d{10}$/), "1"],
    ["exp", idJag({ exp: "4000000000" }), expect.stringMatching(/^later than \d{10}$/), "4000000000"]
  ])("[XE4] [XE6] sends on no assertion that is for something else: %s (case %#)", async (...facts) => {
    const [claim, assertion, expected, received] = facts
    const world = enterpriseWorld(() => exchanged(assertion))
    const error = await failure(world.machine({ grant: grantOf() }).fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "IdentityAssertionMismatch", issuer: IDP, claim })
    const explanation = explain(error)
    expect([explanation.expected, explanation.received]).toEqual([expected, received])
    expect(world.requestsTo(TOKEN_URL)).toEqual([])
    expect(JSON.stringify(error)).not.toContain(assertion)
  })

  it("takes an audience and a resource that are lists of one", async () => {
    const world = enterpriseWorld(() => exchanged(idJag({ aud: [ISSUER], resource: [RESOURCE] })))
    expect((await Effect.runPromise(world.machine({ grant: grantOf() }).fetch(RESOURCE, call()))).status).toBe(200)
  })
})
