// oidc-provider is the authorization server of our client: by a secret and by a key, for itself and for a person, with tokens that
// are bound to a key and nonces that both servers want.
import { randomBytes } from "node:crypto"
import { createServer } from "node:http"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Provider } from "oidc-provider"
import { makeUserAgent } from "../apps/demo/src/index.ts"
import { generateKeyPair } from "../packages/bytes/src/index.ts"
import { makeDpop } from "../packages/client-flow/src/dpop.ts"
import { type FlowEvent, memoryStore, type PreRegistration } from "../packages/client-flow/src/index.ts"
import { createMachineClient } from "../packages/client-flow/src/machine/promise.ts"
import { makeClientKey } from "../packages/client-flow/src/private-key-jwt.ts"
import { createClient, type PromiseClient } from "../packages/client-flow/src/promise.ts"
import { makeNonces } from "../packages/dpop/src/index.ts"
import { createGuard } from "../packages/resource-server/src/promise.ts"
import { makeTransport } from "../packages/safe-fetch/src/index.ts"
import { type Judge, line, type Line } from "./verdict.ts"

const RESOURCE = "http://127.0.0.1:38917/mcp"
const REDIRECT = "http://127.0.0.1:38918/callback"
// With characters that form encoding changes (RFC 6749 section 2.3.1).
const SECRET = "a-secret-of-this-run: 100%+it"

const signing = await Effect.runPromise(generateKeyPair("ES256"))
const machine = await Effect.runPromise(generateKeyPair("ES256"))
const clientKey = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk: machine.privateJwk, keyId: "m1" }))

const acting = {
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: "ES256"
} as const

const startProvider = async (nonces: boolean) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("the provider does not listen")
  const issuer = `http://127.0.0.1:${address.port}`
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...signing.privateJwk, kid: "k1", alg: "ES256", use: "sig" }] },
    cookies: { keys: ["a key of this run alone"] },
    scopes: ["openid", "offline_access", "read", "write"],
    clientAuthMethods: ["none", "client_secret_basic", "private_key_jwt"],
    clients: [
      { ...acting, client_id: "by-secret", client_secret: SECRET },
      {
        ...acting,
        client_id: "by-key",
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        jwks: { keys: [{ ...machine.publicJwk, kid: "m1", alg: "ES256", use: "sig" }] }
      },
      {
        client_id: "person",
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [REDIRECT],
        id_token_signed_response_alg: "ES256"
      }
    ],
    ttl: { ClientCredentials: 300, AccessToken: 300 },
    issueRefreshToken: () => Promise.resolve(true),
    features: {
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => nonces },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({
          scope: "read write",
          audience: resource,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } }
        })
      }
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) })
  })
  server.on("request", provider.callback())
  return { issuer, close: () => server.close() }
}

/** What a client is made from that reaches the provider over the network and the guard in this process. */
const optionsFor = (issuer: string, nonces: boolean, events: Array<FlowEvent>) => {
  const guard = createGuard({
    resource: RESOURCE,
    authorizationServers: [issuer],
    operations: { default: ["read"], tools: { read: ["read"], write: ["write"] } },
    dpop: nonces ? { nonces: Result.getOrThrow(makeNonces({ secret: randomBytes(32) })) } : {}
  })
  const reach: typeof fetch = (input, init) => {
    const request = new Request(input, init)
    return new URL(request.url).origin === new URL(RESOURCE).origin
      ? guard.handle(request, async (_, { clientId, subject }) => new Response(`${subject} by ${clientId}`))
      : fetch(request)
  }
  return {
    transport: makeTransport({ fetch: reach, bounds: { trust: { operator: [RESOURCE, issuer] } } }),
    resourceFetch: reach,
    store: memoryStore(),
    events: (event: FlowEvent) => void events.push(event)
  }
}

const ask = async (client: PromiseClient, tool: string): Promise<string> => {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: tool, arguments: {} } })
  const headers = { "content-type": "application/json", accept: "application/json" }
  const answer = await client.fetch(RESOURCE, new Request(RESOURCE, { method: "POST", headers, body }))
  return Result.isSuccess(answer)
    ? `${answer.success.status} ${await answer.success.text()}`
    : `${answer.failure._tag}: ${answer.failure.message}`
}

const boundness = (events: ReadonlyArray<FlowEvent>): string =>
  events.flatMap((event) => (event._tag === "CredentialsSaved" ? [event.bound ? "bound" : "bearer"] : [])).join(" ")

const machines = async (issuer: string, nonces: boolean): Promise<ReadonlyArray<Line>> => {
  const lines: Array<Line> = []
  const registrations: ReadonlyArray<PreRegistration> = [
    { issuer, clientId: "by-secret", clientSecret: SECRET },
    { issuer, clientId: "by-key", clientKey }
  ]
  for (const registration of registrations) {
    const { clientId } = registration
    for (const dpop of [undefined, Result.getOrThrow(makeDpop({ required: true }))]) {
      const events: Array<FlowEvent> = []
      const client = createMachineClient({
        ...optionsFor(issuer, nonces, events),
        registrations: [registration],
        grant: { type: "client_credentials" },
        dpop
      })
      const kind = dpop ? "bound" : "bearer"
      lines.push(line(`${clientId}, ${kind}`, `200 ${clientId} by ${clientId}`, await ask(client, "read")))
      lines.push(line(`${clientId}, ${kind}, steps up`, `200 ${clientId} by ${clientId}`, await ask(client, "write")))
      lines.push(line(`${clientId}, its tokens`, `${kind} ${kind}`, boundness(events)))
    }
  }
  return lines
}

const people = async (issuer: string, nonces: boolean): Promise<ReadonlyArray<Line>> => {
  const events: Array<FlowEvent> = []
  const agent = makeUserAgent({ username: "alice", password: "any" })
  const options = optionsFor(issuer, nonces, events)
  const client = createClient({
    ...options,
    registrations: [{ issuer, clientId: "person" }],
    redirectUri: REDIRECT,
    clientMetadata: { client_name: "Person" },
    dpop: Result.getOrThrow(makeDpop({ required: true })),
    userAgent: async ({ authorizationUrl, redirectUri }) => {
      const visit = await agent.visit(authorizationUrl, redirectUri)
      if (visit._tag === "Stopped") throw new Error(`the browser stopped at ${visit.status}: ${visit.text}`)
      return visit.callbackUrl
    }
  })
  const first = await ask(client, "read")
  const [held] = await Effect.runPromise(options.store.findCredentials(RESOURCE, "default"))
  if (held) await Effect.runPromise(options.store.saveCredentials({ ...held, expiresAt: 0 }))
  const second = await ask(client, "read")
  const grants = events.flatMap((event) =>
    event._tag === "Exchanged" && event.status === 200 && event.parameters ? [event.parameters["grant_type"]] : []
  )
  return [
    line("a login", "200 alice by person", first),
    line("after a refresh", "200 alice by person", second),
    line("what was asked for", "authorization_code refresh_token", grants.join(" ")),
    line("the tokens", "bound bound", boundness(events))
  ]
}

export const oidcProviderClient: Judge = {
  package: "oidc-provider",
  skips: {},
  run: async () => {
    const verdicts = []
    for (const nonces of [false, true]) {
      const { close, issuer } = await startProvider(nonces)
      const where = nonces ? "with nonces" : "without nonces"
      try {
        verdicts.push({ judge: `clients for themselves, ${where}`, lines: await machines(issuer, nonces) })
        verdicts.push({ judge: `a person's client, ${where}`, lines: await people(issuer, nonces) })
      } finally {
        close()
      }
    }
    return verdicts
  }
}
