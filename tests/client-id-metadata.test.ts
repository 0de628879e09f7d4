// What our client publishes is what our authorization server reads: built, served, fetched, and logged in with.
import { pages } from "@postern/app-authorization-server"
import { createAuthorizationServer } from "@postern/as-core/promise"
import { openSqliteStore } from "@postern/as-store-sql"
import { generateKeyPair } from "@postern/bytes"
import { memoryStore } from "@postern/client-flow"
import {
  checkClientIdMetadata,
  type ClientIdMetadata,
  type ClientIdMetadataOptions,
  makeClientIdMetadata,
  serveClientIdMetadata
} from "@postern/client-flow/client-id-metadata"
import { makeClientKey } from "@postern/client-flow/private-key-jwt"
import { createClient } from "@postern/client-flow/promise"
import { createGuard } from "@postern/resource-server/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { ISSUER, makeBrowser, NOTES } from "./server-world.ts"

const PLACE = "https://app.example.com/oauth/client.json"
const REDIRECT = "http://127.0.0.1:3999/callback"
const ada = { subject: "ada", name: "Ada", roles: [] }

const keys = await Effect.runPromise(generateKeyPair("ES256"))
const clientKey = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk: keys.privateJwk, keyId: "k1" }))
const jwks = { keys: [{ ...keys.publicJwk, kid: "k1", alg: "ES256", use: "sig" }] }

const make = (change: Partial<ClientIdMetadataOptions> = {}): ClientIdMetadata =>
  Result.getOrThrow(
    makeClientIdMetadata({
      url: PLACE,
      redirectUris: ["http://127.0.0.1/callback"],
      clientMetadata: { client_name: "Notes reader" },
      ...change
    })
  )

/** Our servers and the host of the document, each by its handler, and what the host was asked and answered. */
const makeWorld = async (document: (request: Request) => Promise<Response>) => {
  const signing = await Effect.runPromise(generateKeyPair("ES256"))
  const served: Array<string> = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { origin } = new URL(request.url)
    if (origin === ISSUER) return server.handle(request)
    if (origin === new URL(NOTES).origin)
      return guard.handle(request, async (_, { clientId }) => new Response(clientId))
    const response = await document(request)
    served.push(`${request.method} ${request.url} ${response.status}`)
    return response
  }
  const transport = makeTransport({ fetch })
  const server = await createAuthorizationServer({
    issuer: ISSUER,
    resources: [{ resource: NOTES, scopes: { read: { description: "Read" } } }],
    store: await Effect.runPromise(openSqliteStore({ path: ":memory:" })),
    keys: [{ kid: "k1", alg: "ES256", privateKey: signing.privateJwk }],
    people: { authenticate: () => Effect.succeed(ada), find: () => Effect.succeed(ada) },
    pages,
    registration: { documents: { transport } }
  })
  const guard = createGuard({
    resource: NOTES,
    authorizationServers: [
      { issuer: ISSUER, jwks: { keys: [{ ...signing.publicJwk, kid: "k1", alg: "ES256", use: "sig" }] } }
    ],
    operations: { default: ["read"] }
  })
  return { fetch, transport, server, served, browser: makeBrowser(server) }
}

describe("a document that was made and served by us", () => {
  it.each([
    ["without a key", {}, {}],
    ["with a key", { jwks, signingAlgorithm: "ES256" }, { clientIdMetadataKey: clientKey }]
  ] as const)("[CIM-01] [CIM-40] [CL11] gets a person into our servers, %s", async (_, change, options) => {
    const metadata = make(change)
    const { browser, fetch, served, transport } = await makeWorld(serveClientIdMetadata(metadata))
    const store = memoryStore()
    const client = createClient({
      transport,
      resourceFetch: fetch,
      store,
      redirectUri: REDIRECT,
      clientMetadata: { client_name: "Notes reader" },
      clientIdMetadataUrl: metadata.url,
      ...options,
      userAgent: async ({ authorizationUrl }) => (await browser.approve(authorizationUrl)).href
    })
    const ask = async () => Result.getOrThrow(await client.fetch(NOTES, new Request(NOTES))).text()
    expect(await ask()).toBe(PLACE)
    const [held] = await Effect.runPromise(store.findCredentials(NOTES, "default"))
    if (held?.refreshToken === undefined) throw new Error("there is no refresh token")
    await Effect.runPromise(store.saveCredentials({ ...held, expiresAt: 0 }))
    expect(await ask()).toBe(PLACE)
    const [refreshed] = await Effect.runPromise(store.findCredentials(NOTES, "default"))
    expect(refreshed?.accessToken).not.toBe(held.accessToken)
    expect(served).toEqual([`GET ${PLACE} 200`])
  })

  it("[CIM-40] is accepted by the server exactly where the check accepts it", async () => {
    const good: Readonly<Record<string, unknown>> = JSON.parse(make().text)
    const changes: ReadonlyArray<object> = [
      {},
      { unknown: true },
      { client_id: `${PLACE}/` },
      { client_name: " " },
      { client_secret: null },
      { token_endpoint_auth_method: "client_secret_basic" },
      { token_endpoint_auth_method: "private_key_jwt" },
      { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [keys.privateJwk] } },
      { token_endpoint_auth_method: "private_key_jwt", jwks_uri: "https://keys.example.com/keys" },
      { response_types: ["token"] },
      { application_type: "web" },
      { redirect_uris: [] },
      { redirect_uris: [REDIRECT, "javascript:alert(1)"] },
      { redirect_uris: [REDIRECT, "http://127.0.0.1/callback?code=1"] },
      { redirect_uris: [REDIRECT, "http://app.example.com/cb"] },
      { redirect_uris: Array.from({ length: 33 }, (_, index) => `http://127.0.0.1/${index}`).with(0, REDIRECT) },
      { padding: "x".repeat(5120) }
    ]
    for (const change of changes) {
      const text = JSON.stringify({ ...good, ...change })
      const headers = { "content-type": "application/json" }
      const { server } = await makeWorld(async () => new Response(text, { headers }))
      const query = new URLSearchParams({
        response_type: "code",
        client_id: PLACE,
        redirect_uri: REDIRECT,
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
        resource: NOTES,
        state: "s"
      })
      const { status } = await server.handle(new Request(`${ISSUER}/authorize?${query}`))
      const accepted = Result.isSuccess(checkClientIdMetadata({ url: PLACE, text }))
      expect([status, accepted], JSON.stringify(change).slice(0, 200)).toEqual(accepted ? [200, true] : [400, false])
    }
  })
})
