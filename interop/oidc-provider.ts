// oidc-provider issues access tokens; the guard, made from its issuer alone, accepts the right ones and refuses the rest.
import { createServer } from "node:http"
import { exportJWK, generateKeyPair, calculateJwkThumbprint, SignJWT } from "jose"
import { Provider } from "oidc-provider"
import * as Redacted from "effect/Redacted"
import { makeUserAgent } from "../apps/demo/src/index.ts"
import {
  createGuard,
  type PromiseGuard,
  type ClosedPromiseGuardOptions
} from "../packages/resource-server/src/promise.ts"
import { type Judge, line, type Line } from "./verdict.ts"

const RESOURCE = "https://mcp.example.com/mcp"
const OTHER = "https://other.example.com/mcp"
const OPAQUE = "https://opaque.example.com/mcp"
const REDIRECT = "http://127.0.0.1:38914/callback"
const SECRET = "a secret of this run alone, on loopback"

const SHORT_LIVED = "short"
const CLIENT = `Basic ${btoa(`machine:${encodeURIComponent(SECRET)}`)}`

interface Running {
  readonly issuer: string
  readonly close: () => void
}

const startProvider = async (issuer?: string): Promise<Running> => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true })
  const server = createServer()
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })
  const own = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer ?? own, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "k1", alg: "ES256", use: "sig" }] },
    cookies: { keys: ["a key of this run alone"] },
    scopes: ["openid", "offline_access", "read", "write", SHORT_LIVED],
    clients: [
      {
        client_id: "machine",
        client_secret: SECRET,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: "ES256"
      },
      {
        client_id: "person",
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code"],
        redirect_uris: [REDIRECT],
        id_token_signed_response_alg: "ES256"
      }
    ],
    ttl: { ClientCredentials: (_context, token) => (token.scope?.includes(SHORT_LIVED) ? 1 : 300), AccessToken: 300 },
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      dPoP: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: `read write ${SHORT_LIVED}`,
          audience: resource,
          ...(resource === OPAQUE
            ? { accessTokenFormat: "opaque" }
            : { accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } })
        })
      }
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) })
  })
  server.on("request", provider.callback())
  return { issuer: own, close: () => server.close() }
}

const askToken = async (
  { issuer }: Running,
  parameters: Record<string, string>,
  headers: Record<string, string> = { authorization: CLIENT }
): Promise<Readonly<Record<string, string>>> => {
  const response = await fetch(`${issuer}/token`, { method: "POST", headers, body: new URLSearchParams(parameters) })
  const answer = (await response.json()) as Record<string, string>
  if (!response.ok) throw new Error(`the provider refused: ${JSON.stringify(answer)}`)
  return answer
}

const machineToken = async (
  provider: Running,
  { resource, scope }: { readonly resource?: string; readonly scope: string },
  headers: Record<string, string> = {}
): Promise<string> => {
  const parameters = { grant_type: "client_credentials", scope, ...(resource !== undefined && { resource }) }
  const { access_token = "" } = await askToken(provider, parameters, { authorization: CLIENT, ...headers })
  return access_token
}

/** A login by a person, on the provider's own pages. */
const personTokens = async (
  provider: Running,
  resource = RESOURCE
): Promise<{ readonly access: string; readonly identity: string }> => {
  const verifier = "a-verifier-of-this-run-alone-that-is-long-enough-1"
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))
  const request = new URL(`${provider.issuer}/auth`)
  request.search = new URLSearchParams({
    client_id: "person",
    response_type: "code",
    redirect_uri: REDIRECT,
    scope: "openid read",
    resource,
    code_challenge: Buffer.from(digest).toString("base64url"),
    code_challenge_method: "S256"
  }).toString()
  const visit = await makePerson().visit(request.href, REDIRECT)
  if (visit._tag === "Stopped") throw new Error(`the browser stopped at ${visit.status}: ${visit.text}`)
  const code = new URL(visit.callbackUrl).searchParams.get("code") ?? ""
  const parameters = {
    grant_type: "authorization_code",
    client_id: "person",
    code,
    redirect_uri: REDIRECT,
    code_verifier: verifier,
    resource
  }
  const { access_token: access = "", id_token: identity = "" } = await askToken(provider, parameters, {})
  return { access, identity }
}

const makePerson = () => makeUserAgent({ username: "alice", password: "any" })

const makeProof = async (method: string, url: string, token?: string) => {
  const { privateKey, publicKey } = keys ?? (keys = await generateKeyPair("ES256", { extractable: true }))
  const jwk = await exportJWK(publicKey)
  const ath =
    token === undefined
      ? {}
      : {
          ath: Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))).toString("base64url")
        }
  const proof = await new SignJWT({ htm: method, htu: url, jti: crypto.randomUUID(), ...ath })
    .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
    .setIssuedAt()
    .sign(privateKey)
  return { proof, thumbprint: await calculateJwkThumbprint(jwk) }
}
let keys: Awaited<ReturnType<typeof generateKeyPair>> | undefined

const body = (tool: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: tool, arguments: {} } })

/** What a request with this `Authorization` gets: the status, and the error of the challenge. */
const ask = async (
  guard: PromiseGuard,
  authorization: string,
  { proof, tool = "read" }: { readonly tool?: string; readonly proof?: string } = {}
): Promise<string> => {
  const request = new Request(RESOURCE, {
    method: "POST",
    headers: {
      authorization,
      "content-type": "application/json",
      accept: "application/json",
      ...(proof !== undefined && { dpop: proof })
    },
    body: body(tool)
  })
  const response = await guard.handle(request, (_, { clientId, subject }) =>
    Promise.resolve(Response.json({ said: `${subject} by ${clientId}` }))
  )
  const error = /error="([^"]+)"/.exec(response.headers.get("www-authenticate") ?? "")?.[1]
  const { said } = (await response.json()) as { readonly said?: string }
  return [response.status, error ?? said].filter((part) => part !== undefined).join(" ")
}

const options = (provider: Running): ClosedPromiseGuardOptions => ({
  resource: RESOURCE,
  authorizationServers: [provider.issuer],
  operations: { default: [], tools: { read: ["read"], write: ["write"] } }
})

const signedTokens = async (provider: Running): Promise<ReadonlyArray<Line>> => {
  const guard = createGuard(options(provider))
  const strict = createGuard({ ...options(provider), tokens: { clockToleranceSeconds: 0 } })
  const right = await machineToken(provider, { resource: RESOURCE, scope: "read" })
  const short = await machineToken(provider, { resource: RESOURCE, scope: `read ${SHORT_LIVED}` })
  const person = await personTokens(provider)
  const stranger = await startProvider(provider.issuer)
  const forged = await machineToken(stranger, { resource: RESOURCE, scope: "read" })
  stranger.close()
  const [head, payload = "", signature] = right.split(".")
  const changed = Buffer.from(Buffer.from(payload, "base64url").toString().replace('"read"', '"write"')).toString(
    "base64url"
  )
  const lines = [
    line("a token of a machine", "200 machine by machine", await ask(guard, `Bearer ${right}`)),
    line("a token of a person", "200 alice by person", await ask(guard, `Bearer ${person.access}`)),
    line("the person's ID token", "401 invalid_token", await ask(guard, `Bearer ${person.identity}`)),
    line("a scope too few", "403 insufficient_scope", await ask(guard, `Bearer ${right}`, { tool: "write" })),
    line(
      "a token for another resource",
      "401 invalid_token",
      await ask(guard, `Bearer ${await machineToken(provider, { resource: OTHER, scope: "read" })}`)
    ),
    line(
      "a token with a changed payload",
      "401 invalid_token",
      await ask(guard, `Bearer ${head}.${changed}.${signature}`)
    ),
    line(
      "a token of another provider that uses this one's name",
      "401 invalid_token",
      await ask(guard, `Bearer ${forged}`)
    ),
    line(
      "an opaque token",
      "401 invalid_token",
      await ask(guard, `Bearer ${await machineToken(provider, { resource: OPAQUE, scope: "read" })}`)
    )
  ]
  await new Promise((resolve) => setTimeout(resolve, 2100))
  return [...lines, line("a token that has expired", "401 invalid_token", await ask(strict, `Bearer ${short}`))]
}

const boundTokens = async (provider: Running): Promise<ReadonlyArray<Line>> => {
  const guard = createGuard({ ...options(provider), dpop: {} })
  const { proof: first } = await makeProof("POST", `${provider.issuer}/token`)
  const bound = await machineToken(provider, { resource: RESOURCE, scope: "read" }, { dpop: first })
  const { proof } = await makeProof("POST", RESOURCE, bound)
  const { proof: elsewhere } = await makeProof("POST", OTHER, bound)
  return [
    line("a bound token with its proof", "200 machine by machine", await ask(guard, `DPoP ${bound}`, { proof })),
    line("the same proof again", "401 invalid_dpop_proof", await ask(guard, `DPoP ${bound}`, { proof })),
    line("a proof for another URL", "401 invalid_dpop_proof", await ask(guard, `DPoP ${bound}`, { proof: elsewhere })),
    line("a bound token as Bearer", "401 invalid_token", await ask(guard, `Bearer ${bound}`))
  ]
}

const opaqueTokens = async (provider: Running): Promise<ReadonlyArray<Line>> => {
  const guard = createGuard({
    ...options(provider),
    introspection: {
      endpoint: `${provider.issuer}/token/introspection`,
      clientId: "machine",
      clientSecret: Redacted.make(SECRET)
    },
    tokens: { audienceAliases: [OPAQUE] }
  })
  const { access } = await personTokens(provider, OPAQUE)
  const machine = await machineToken(provider, { resource: OPAQUE, scope: "read" })
  return [
    line("an opaque token that is asked about", "200 alice by person", await ask(guard, `Bearer ${access}`)),
    line(
      "an opaque token of nobody: the answer has no `sub`",
      "401 invalid_token",
      await ask(guard, `Bearer ${machine}`)
    ),
    line("an opaque token that nobody issued", "401 invalid_token", await ask(guard, `Bearer ${access}x`))
  ]
}

export const oidcProvider: Judge = {
  package: "oidc-provider",
  skips: {},
  run: async () => {
    const provider = await startProvider()
    try {
      return [
        { judge: "JWT access tokens", lines: await signedTokens(provider) },
        { judge: "tokens bound by DPoP", lines: await boundTokens(provider) },
        { judge: "opaque tokens and introspection", lines: await opaqueTokens(provider) }
      ]
    } finally {
      provider.close()
    }
  }
}
