// better-auth, with its OAuth provider and its plugin for metadata documents, is the authorization server of our client; our guard
// stands in front of the MCP server and reads its tokens. All of it in this process.
import { DatabaseSync } from "node:sqlite"
import { cimd } from "@better-auth/cimd"
import { oauthProvider, oauthProviderAuthServerMetadata } from "@better-auth/oauth-provider"
import { betterAuth, type BetterAuthOptions } from "better-auth"
import { getMigrations } from "better-auth/db/migration"
import { jwt } from "better-auth/plugins"
import { createGuard } from "../packages/resource-server/src/promise.ts"
import { makeTransport } from "../packages/safe-fetch/src/index.ts"
import { type Foreign, type Known, ourClientAt, reasonsOf, RESOURCE, serveDocument, STRANGER } from "./our-client.ts"
import type { Judge } from "./verdict.ts"

const ORIGIN = "https://auth.example.com"
const ISSUER = `${ORIGIN}/api/auth`
const SCOPES = ["read", "write", "offline_access"]

const makeAuth = async () => {
  const options = {
    baseURL: ORIGIN,
    secret: "a key of this run alone, which is long enough",
    database: new DatabaseSync(":memory:"),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    plugins: [
      jwt({ jwks: { keyPairConfig: { alg: "ES256" } } }),
      oauthProvider({
        loginPage: "/sign-in",
        consentPage: "/consent",
        scopes: SCOPES,
        resources: [{ identifier: RESOURCE, allowedScopes: SCOPES, signingAlgorithm: "ES256" }],
        clientRegistrationDefaultResources: [RESOURCE],
        allowDynamicClientRegistration: true,
        allowUnauthenticatedClientRegistration: true
      }),
      cimd({
        fetchClientMetadataResource: (input, init) => serveDocument(new Request(input, init)),
        metadataProfile: "mcp-2026-07-28"
      })
    ]
  } satisfies BetterAuthOptions
  const { runMigrations } = await getMigrations(options)
  await runMigrations()
  return betterAuth(options)
}

const start = async (): Promise<Foreign> => {
  const auth = await makeAuth()
  const metadata = oauthProviderAuthServerMetadata(auth)
  const signedUp = await auth.api.signUpEmail({
    body: { email: "alice@example.com", name: "Alice", password: "a password of this run alone" },
    asResponse: true
  })
  const { user } = await signedUp.clone().json()
  const cookie = signedUp.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ")

  const authorizationServer = (request: Request): Promise<Response> =>
    request.url.startsWith(`${ISSUER}/`) ? auth.handler(request) : metadata(request)
  const guards = [RESOURCE, STRANGER].map((resource) =>
    createGuard({
      resource,
      authorizationServers: [ISSUER],
      operations: { default: ["read"], tools: { read: ["read"], write: ["write"] } },
      dpop: {},
      transport: makeTransport({ fetch: (input, init) => authorizationServer(new Request(input, init)) })
    })
  )
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    if (request.url.startsWith(ORIGIN)) return authorizationServer(request)
    const guard = guards[request.url.endsWith(new URL(STRANGER).pathname) ? 1 : 0]
    return guard.handle(request, async (_, { subject }) => new Response(subject))
  }
  const visit = async (authorizationUrl: string): Promise<string> => {
    const asked = await auth.handler(new Request(authorizationUrl, { headers: { cookie } }))
    const location = asked.headers.get("location") ?? ""
    if (!location.includes("/consent?")) return location
    const consented = await auth.handler(
      new Request(`${ISSUER}/oauth2/consent`, {
        method: "POST",
        headers: { cookie, origin: ORIGIN, "content-type": "application/json" },
        body: JSON.stringify({ accept: true, oauth_query: location.split("?")[1] })
      })
    )
    const { url } = await consented.json()
    return url
  }
  return { fetch, visit, subject: user.id, binds: true }
}

const KNOWN: Known = {
  "another code verifier": {
    comes: "TokenRequestRejected invalid_request",
    why: "it is refused, by another error than invalid_grant (RFC 7636 section 4.6)"
  },
  "revokes its tokens": {
    comes: "refresh revoked, access RevocationRejected unsupported_token_type",
    why: "its access tokens are read by whoever has its keys, and cannot be revoked (RFC 7009 section 2.2.1 allows that)"
  }
}

export const betterAuthServer: Judge = {
  package: "better-auth",
  skips: reasonsOf(KNOWN),
  run: async () => ourClientAt(await start(), KNOWN)
}
