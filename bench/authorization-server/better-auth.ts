// better-auth with its OAuth provider: access tokens signed by ES256, its state in SQLite in memory. Its own adapter for memory
// reads whole tables, and copies all of them for a transaction, so that it would lose by more with every exchange.
import { createHash } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import { createServer } from "node:http"
import { oauthProvider, oauthProviderAuthServerMetadata } from "@better-auth/oauth-provider"
import { betterAuth, type BetterAuthOptions } from "better-auth"
import { getMigrations } from "better-auth/db/migration"
import { toNodeHandler } from "better-auth/node"
import { jwt } from "better-auth/plugins"
import { freePort } from "../../apps/demo/src/free-port.ts"
import { reportProcessorTime, sayListening } from "../server-process.ts"
import { CLIENT, LIFETIMES, MACHINE, PERSON, queryOf, REDIRECT, RESOURCE, SCOPE } from "./contest.ts"

reportProcessorTime()
const port = await freePort()
const origin = `http://127.0.0.1:${port}`
const SCOPES = [SCOPE, "offline_access"]

const options = {
  baseURL: origin,
  secret: "a key of the benchmark alone, and long",
  database: new DatabaseSync(":memory:"),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  session: { expiresIn: LIFETIMES.session },
  plugins: [
    jwt({ jwks: { keyPairConfig: { alg: "ES256" } } }),
    oauthProvider({
      loginPage: "/sign-in",
      consentPage: "/consent",
      // A refresh token comes with `offline_access` alone.
      scopes: SCOPES,
      resources: [{ identifier: RESOURCE, allowedScopes: SCOPES, signingAlgorithm: "ES256" }],
      grantTypes: ["authorization_code", "refresh_token", "client_credentials"],
      accessTokenExpiresIn: LIFETIMES.accessToken,
      m2mAccessTokenExpiresIn: LIFETIMES.accessToken,
      refreshTokenExpiresIn: LIFETIMES.refreshToken,
      codeExpiresIn: LIFETIMES.code
    })
  ]
} satisfies BetterAuthOptions
const { runMigrations } = await getMigrations(options)
await runMigrations()
const auth = betterAuth(options)

const now = new Date()
const { adapter } = await auth.$context
for (const { id, secret } of [CLIENT, MACHINE]) {
  const machine = id === MACHINE.id
  const data = {
    clientId: id,
    name: id,
    clientSecret: createHash("sha256").update(secret).digest("base64url"),
    redirectUris: [REDIRECT],
    tokenEndpointAuthMethod: "client_secret_basic",
    applicationType: "native",
    grantTypes: machine ? ["client_credentials"] : ["authorization_code", "refresh_token"],
    responseTypes: machine ? [] : ["code"],
    scopes: SCOPES,
    clientCredentialsScopes: machine ? [SCOPE] : [],
    createdAt: now,
    updatedAt: now
  }
  await adapter.create({ model: "oauthClient", data })
  await adapter.create({ model: "oauthClientResource", data: { clientId: id, resourceId: RESOURCE, createdAt: now } })
}

/** The cookie of a person who signed in and let the client in. */
const signIn = async (): Promise<string> => {
  const body = { email: "alice@example.com", name: PERSON.username, password: PERSON.password }
  const signedUp = await auth.api.signUpEmail({ body, asResponse: true })
  const cookie = signedUp.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ")
  const asked = await auth.handler(
    new Request(`${origin}/api/auth/oauth2/authorize?${queryOf(SCOPES)}`, { headers: { cookie } })
  )
  await auth.handler(
    new Request(`${origin}/api/auth/oauth2/consent`, {
      method: "POST",
      headers: { cookie, origin, "content-type": "application/json" },
      body: JSON.stringify({ accept: true, oauth_query: asked.headers.get("location")?.split("?")[1] })
    })
  )
  return cookie
}

const handle = toNodeHandler(auth)
const metadata = oauthProviderAuthServerMetadata(auth)
createServer((request, response) => {
  if (request.url?.startsWith("/api/auth/")) return void handle(request, response)
  metadata(new Request(`${origin}${request.url}`)).then(
    async (answer) => response.end(await answer.text()),
    () => response.writeHead(500).end()
  )
}).listen(port, "127.0.0.1", async () =>
  // Where only the start is measured nobody signs in: a password takes its time on purpose.
  sayListening({ address: { port }, ...(process.env["BENCH_PERSON"] !== "none" && { cookie: await signIn() }) })
)
