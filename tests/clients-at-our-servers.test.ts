import { createHash, randomBytes } from "node:crypto"
import { pages } from "@postern/app-authorization-server"
import type { ConfiguredClient } from "@postern/as-core"
import { createAuthorizationServer } from "@postern/as-core/promise"
import { openSqliteStore } from "@postern/as-store-sql"
import { generateKeyPair } from "@postern/bytes"
import { memoryStore, type PreRegistration } from "@postern/client-flow"
import { makeDpop } from "@postern/client-flow/dpop"
import { createMachineClient } from "@postern/client-flow/machine/promise"
import { makeClientKey } from "@postern/client-flow/private-key-jwt"
import { createClient } from "@postern/client-flow/promise"
import { generateProofKey, makeNonces } from "@postern/dpop"
import { createGuard } from "@postern/resource-server/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { expect, it } from "vitest"
import { ISSUER, makeBrowser, NOTES } from "./server-world.ts"

const SECRET = "a secret: 100% + more?"

const { privateJwk, publicJwk } = await Effect.runPromise(generateKeyPair("ES256"))
const clientKey = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk, keyId: "k1" }))
const common = { name: "Machine", redirectUris: [], grantTypes: ["client_credentials"] } as const

const clients: ReadonlyArray<ConfiguredClient> = [
  {
    ...common,
    clientId: "by-secret",
    tokenEndpointAuthMethod: "client_secret_basic",
    secretHash: createHash("sha256").update(SECRET).digest("base64url")
  },
  {
    ...common,
    clientId: "by-key",
    tokenEndpointAuthMethod: "private_key_jwt",
    jwks: { keys: [{ ...publicJwk, kid: "k1", alg: "ES256" }] }
  }
]

const registrations: Readonly<Record<string, PreRegistration>> = {
  "by-secret": { issuer: ISSUER, clientId: "by-secret", clientSecret: SECRET },
  "by-key": { issuer: ISSUER, clientId: "by-key", clientKey }
}

const ada = { subject: "ada", name: "Ada", roles: [] }

/** Our authorization server and our guard, and a fetch that reaches both. */
const makeServers = async (nonces: boolean) => {
  const secret = randomBytes(32)
  const signing = await Effect.runPromise(generateKeyPair("ES256"))
  const server = await createAuthorizationServer({
    issuer: ISSUER,
    resources: [{ resource: NOTES, scopes: { read: { description: "Read" }, write: { description: "Write" } } }],
    store: await Effect.runPromise(openSqliteStore({ path: ":memory:" })),
    keys: [{ kid: "k1", alg: "ES256", privateKey: signing.privateJwk }],
    people: { authenticate: () => Effect.succeed(ada), find: () => Effect.succeed(ada) },
    pages,
    registration: { dynamic: {} },
    dpop: nonces ? { nonces: { secret } } : {},
    clients
  })
  const guard = createGuard({
    resource: NOTES,
    authorizationServers: [
      { issuer: ISSUER, jwks: { keys: [{ ...signing.publicJwk, kid: "k1", alg: "ES256", use: "sig" }] } }
    ],
    operations: { default: ["read"], tools: { look: ["read"], change: ["write"] } },
    dpop: nonces ? { nonces: Result.getOrThrow(makeNonces({ secret: randomBytes(32) })) } : {}
  })
  const seen: Array<string> = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    seen.push(`${request.method} ${request.url}`)
    return new URL(request.url).origin === ISSUER
      ? server.handle(request)
      : guard.handle(request, async (_, { token }) => Response.json([token.subject, token.scope.has("write")]))
  }
  return { fetch, seen, browser: makeBrowser(server) }
}

const call = (name: string) =>
  new Request(NOTES, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name } })
  })

const cases = Object.keys(registrations).flatMap((clientId) =>
  ["Bearer", "DPoP", "DPoP with nonces"].map((tokens) => [clientId, tokens] as const)
)

it.each(cases)(
  "[CAU-17] [CAU-18] a machine, %s, gets into our servers with %s, and steps up",
  async (clientId, tokens) => {
    const { fetch, seen } = await makeServers(tokens === "DPoP with nonces")
    const store = memoryStore()
    const [registration] = Object.values(registrations).filter((each) => each.clientId === clientId)
    const client = createMachineClient({
      transport: makeTransport({ fetch }),
      resourceFetch: fetch,
      store,
      registrations: registration ? [registration] : [],
      grant: { type: "client_credentials" },
      ...(tokens === "Bearer" ? {} : { dpop: Result.getOrThrow(makeDpop({ required: true })) })
    })
    const answer = async (tool: string) => Result.getOrThrow(await client.fetch(NOTES, call(tool))).json()
    expect(await answer("look")).toEqual([clientId, false])
    expect(await answer("change")).toEqual([clientId, true])
    expect(await answer("look")).toEqual([clientId, true])
    const [held] = await Effect.runPromise(store.findCredentials(NOTES, "default"))
    expect(held?.proofKey === undefined).toBe(tokens === "Bearer")
    const requests = (url: string) => seen.filter((request) => request === `POST ${url}`).length
    // A nonce costs one refused request at each server, once.
    const refusals = tokens === "DPoP with nonces" ? 1 : 0
    expect([requests(`${ISSUER}/token`), requests(NOTES)]).toEqual([2 + refusals, 5 + refusals])
  }
)

it("[DPO-03] [DPO-04] a person's code, token and refresh token are bound to a key, and worth nothing with another", async () => {
  const { browser, fetch } = await makeServers(true)
  const store = memoryStore()
  const logins: Array<string> = []
  const client = createClient({
    transport: makeTransport({ fetch }),
    resourceFetch: fetch,
    store,
    redirectUri: "http://127.0.0.1:3999/callback",
    clientMetadata: { client_name: "Bound" },
    dpop: Result.getOrThrow(makeDpop({ required: true })),
    userAgent: async ({ authorizationUrl }) => {
      logins.push(new URL(authorizationUrl).searchParams.get("dpop_jkt") ?? "unbound")
      return (await browser.approve(authorizationUrl)).href
    }
  })
  const look = async () => Result.getOrThrow(await client.fetch(NOTES, call("look"))).json()
  const held = async () => {
    const [credentials] = await Effect.runPromise(store.findCredentials(NOTES, "default"))
    if (!credentials?.proofKey) throw new Error("nothing is bound")
    return credentials
  }
  const expire = async (changes: object = {}) =>
    Effect.runPromise(store.saveCredentials({ ...(await held()), expiresAt: 0, ...changes }))
  expect(await look()).toEqual(["ada", false])
  const { accessToken, proofKey } = await held()

  await expire()
  expect(await look()).toEqual(["ada", false])
  const refreshed = await held()
  expect(refreshed.proofKey).toEqual(proofKey)
  expect(refreshed.accessToken).not.toBe(accessToken)
  expect(logins).toHaveLength(1)

  // Somebody who copied the refresh token, and has a key of their own.
  await expire({ proofKey: await Effect.runPromise(generateProofKey()) })
  expect(await look()).toEqual(["ada", false])
  expect(logins).toHaveLength(2)
  expect(new Set(logins).size).toBe(2)
})
