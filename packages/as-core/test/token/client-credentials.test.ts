import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import type { AuthorizationServerOptions, ConfiguredClient } from "@postern/as-core"
import { asserted, claims, ec, jws, publicJwk } from "../assertion/signing.ts"
import {
  basic,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  claimsOf,
  errorOf,
  type Fields,
  ISSUER,
  MAIL,
  makeWorld,
  NOTES,
  post,
  start,
  tokenRequest,
  type Tokens,
  type World
} from "../fixture.ts"
import { makeHolder, prove, withProof } from "./proof.ts"

const pair = ec()

const machine: ConfiguredClient = {
  clientId: "machine",
  name: "Nightly job",
  redirectUris: [],
  tokenEndpointAuthMethod: "client_secret_basic",
  secretHash: C2_SECRET_HASH,
  grantTypes: ["client_credentials"]
}

const withClients = (clients: ReadonlyArray<ConfiguredClient>, more: Partial<AuthorizationServerOptions> = {}) =>
  makeWorld({ clients, ...more })

let world: World
beforeEach(async () => {
  world = await withClients([
    machine,
    { ...machine, clientId: "narrow", scope: ["notes:write", "notes:admin"] },
    { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
    {
      clientId: "key",
      name: "By key",
      redirectUris: [],
      tokenEndpointAuthMethod: "private_key_jwt",
      jwks: { keys: [publicJwk(pair)] },
      grantTypes: ["client_credentials"]
    }
  ])
})

const ask = (fields: Fields = {}, clientId = "machine") =>
  post(
    "token",
    { grant_type: "client_credentials", resource: NOTES, ...fields },
    { authorization: basic(clientId, C2_SECRET) }
  )

const answerTo = (request: Request) => errorOf(world.handle(request))

const tokensFrom = async (request: Request): Promise<Tokens> => {
  const response = await world.handle(request)
  if (response.status !== 200) throw new Error(await response.text())
  return (await response.json()) as Tokens
}

describe("client_credentials", () => {
  it("gives a client a token of its own, whose subject is the client, and nothing to refresh it", async () => {
    const tokens = await tokensFrom(ask({ scope: "notes:read notes:write" }))
    expect(tokens).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 600,
      scope: "notes:read notes:write"
    })
    const { jti, ...rest } = claimsOf(tokens.access_token)
    expect(jti).toMatch(/^[\w-]{22}$/)
    expect(rest).toEqual({
      iss: ISSUER,
      sub: "machine",
      aud: NOTES,
      client_id: "machine",
      iat: start,
      exp: start + 600,
      scope: "notes:read notes:write"
    })
  })

  it("[XC3] works with an assertion", async () => {
    const assertion = jws({ alg: "ES256" }, claims("key"), pair.privateKey)
    const request = post("token", { grant_type: "client_credentials", resource: NOTES, ...asserted(assertion) })
    expect(claimsOf((await tokensFrom(request)).access_token)).toMatchObject({ sub: "key", client_id: "key" })
  })

  it("[COD-10] [CAU-10] is for clients that are registered for it and authenticate, and for nothing else of theirs", async () => {
    expect(
      await answerTo(post("token", { grant_type: "client_credentials", client_id: "c1", resource: NOTES }))
    ).toEqual([400, "unauthorized_client"])
    expect(await answerTo(post("token", { grant_type: "client_credentials", client_id: "machine" }))).toEqual([
      401,
      "invalid_client"
    ])
    const asMachine = { authorization: basic("machine", C2_SECRET) }
    expect(await answerTo(tokenRequest({ code: "x", client_id: undefined }, asMachine))).toEqual([
      400,
      "unauthorized_client"
    ])
    const refresh = post("token", { grant_type: "refresh_token", refresh_token: "x" }, asMachine)
    expect(await answerTo(refresh)).toEqual([400, "unauthorized_client"])
    const authorize = new URL(`${ISSUER}/authorize`)
    authorize.search = new URLSearchParams({ client_id: "machine", redirect_uri: CALLBACK }).toString()
    expect((await world.handle(new Request(authorize))).status).toBe(400)
  })

  it("[CAU-10] is for no client whose record says so without a method", async () => {
    const client = {
      clientId: "stored",
      origin: "registered" as const,
      name: "Stored",
      redirectUris: [CALLBACK],
      tokenEndpointAuthMethod: "none" as const,
      grantTypes: ["client_credentials" as const],
      applicationType: "native" as const,
      createdAt: 0
    }
    await Effect.runPromise(world.store.addClient({ client }, { maximum: 10 }))
    const request = post("token", { grant_type: "client_credentials", client_id: "stored", resource: NOTES })
    expect(await answerTo(request)).toEqual([400, "unauthorized_client"])
  })

  it("is for no client that only published a document, which anybody can", async () => {
    const client = {
      clientId: "https://app.example.com/client.json",
      origin: "document" as const,
      name: "Document",
      redirectUris: [CALLBACK],
      tokenEndpointAuthMethod: "client_secret_basic" as const,
      secretHash: C2_SECRET_HASH,
      grantTypes: ["client_credentials" as const],
      applicationType: "web" as const,
      createdAt: 0
    }
    await Effect.runPromise(world.store.addClient({ client }, { maximum: 10 }))
    const request = ask({}, encodeURIComponent(client.clientId))
    expect(await answerTo(request)).toEqual([400, "unauthorized_client"])
  })

  it("names a resource that is known, and several of one group alone", async () => {
    expect(await answerTo(ask({ resource: undefined }))).toEqual([400, "invalid_target"])
    expect(await answerTo(ask({ resource: `${NOTES}/` }))).toEqual([400, "invalid_target"])
    expect(await answerTo(ask({ resource: [NOTES, "https://evil.example.com/"] }))).toEqual([400, "invalid_target"])
    expect(await answerTo(ask({ resource: [NOTES, MAIL] }))).toEqual([400, "invalid_target"])
    expect(claimsOf((await tokensFrom(ask({ resource: [NOTES, NOTES] }))).access_token)["aud"]).toBe(NOTES)
    const files = "https://files.example.com/mcp"
    world = await withClients([machine], {
      audienceGroups: [{ name: "office", resources: [MAIL, NOTES] }],
      resources: [
        { resource: NOTES, scopes: { "notes:read": { description: "Read notes" } } },
        { resource: MAIL, scopes: { "mail:read": { description: "Read mail" } } },
        { resource: files, scopes: { "files:read": { description: "Read files" } } }
      ]
    })
    expect(await answerTo(ask({ resource: [NOTES, files] }))).toEqual([400, "invalid_target"])
    expect(await answerTo(ask({ resource: [NOTES, MAIL, files] }))).toEqual([400, "invalid_target"])
    const tokens = await tokensFrom(ask({ resource: [NOTES, MAIL], scope: "notes:read mail:read" }))
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: [NOTES, MAIL], scope: "notes:read mail:read" })
  })

  it("gives no scope that the resource does not know or the client may not have, and says what it gives", async () => {
    expect((await tokensFrom(ask({ scope: "notes:read mail:read other" }))).scope).toBe("notes:read")
    expect(await answerTo(ask({ scope: "mail:read" }))).toEqual([400, "invalid_scope"])
    expect(await answerTo(ask({ scope: 'a"' }))).toEqual([400, "invalid_scope"])
    expect((await tokensFrom(ask())).scope).toBe("notes:read")
    expect((await tokensFrom(ask({}, "narrow"))).scope).toBe("notes:write")
    expect((await tokensFrom(ask({ scope: "notes:read notes:write" }, "narrow"))).scope).toBe("notes:write")
    expect(await answerTo(ask({ scope: "notes:read" }, "narrow"))).toEqual([400, "invalid_scope"])
  })

  it("gives a scope that is kept for administrators only where one of them allowed it to this client", async () => {
    expect(await answerTo(ask({ scope: "notes:admin" }))).toEqual([400, "invalid_scope"])
    expect((await tokensFrom(ask({ scope: "notes:admin notes:read" }))).scope).toBe("notes:read")
    const allowance = { resource: NOTES, scope: "notes:admin", by: "u2", createdAt: start }
    const allow = (kind: "client" | "subject", id: string, resource = NOTES) =>
      Effect.runPromise(world.store.addAllowance({ ...allowance, resource, to: { kind, id } }))
    // For another scope, another client's, a person's of the same name, and for another resource.
    const other = { ...allowance, scope: "notes:write", to: { kind: "client", id: "machine" } } as const
    await Effect.runPromise(world.store.addAllowance(other))
    await allow("client", "narrow")
    await allow("subject", "machine")
    await allow("client", "machine", MAIL)
    expect(await answerTo(ask({ scope: "notes:admin" }))).toEqual([400, "invalid_scope"])
    await allow("client", "machine")
    expect((await tokensFrom(ask({ scope: "notes:admin" }))).scope).toBe("notes:admin")
    await Effect.runPromise(
      world.store.removeAllowance({ resource: NOTES, scope: "notes:admin", to: { kind: "client", id: "machine" } })
    )
    expect(await answerTo(ask({ scope: "notes:admin" }))).toEqual([400, "invalid_scope"])
  })

  it("binds the token to the key of a proof", async () => {
    world = await withClients([machine, { ...machine, clientId: "bound", dpopBoundAccessTokens: true }], { dpop: {} })
    const key = makeHolder()
    const tokens = await tokensFrom(withProof(ask(), prove(key)))
    expect(tokens.token_type).toBe("DPoP")
    expect(claimsOf(tokens.access_token)["cnf"]).toEqual({ jkt: key.jkt })
    expect(await answerTo(ask({}, "bound"))).toEqual([400, "invalid_dpop_proof"])
  })

  it("is in the metadata where a client is configured for it", async () => {
    const grantTypes = async (one: World) => {
      const url = "https://as.example.com/.well-known/oauth-authorization-server/tenant"
      const document = (await (await one.handle(new Request(url))).json()) as { grant_types_supported: string[] }
      return document.grant_types_supported
    }
    expect(await grantTypes(world)).toEqual(["authorization_code", "refresh_token", "client_credentials"])
    expect(await grantTypes(await makeWorld())).toEqual(["authorization_code", "refresh_token"])
  })
})
