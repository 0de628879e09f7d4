// @cloudflare/workers-oauth-provider in Node: what it imports of its own runtime is provided, its KV namespace is a Map. It issues
// opaque tokens and no others. Its consent page is the application's affair; a browser that is signed in here has consented.
import { createHash, randomBytes } from "node:crypto"
import { registerHooks } from "node:module"
import { freePort } from "../../apps/demo/src/free-port.ts"
import { reportProcessorTime, sayListening } from "../server-process.ts"
import { CLIENT, LIFETIMES, REDIRECT, RESOURCE, SCOPE, SUBJECT } from "./contest.ts"
import { MapNamespace } from "./map-namespace.ts"
import { listen } from "./web-handler.ts"

const RUNTIME = "cloudflare:workers"
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === RUNTIME ? { url: RUNTIME, format: "module", shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === RUNTIME
      ? { format: "module", source: "export class WorkerEntrypoint {}; export const env = {}", shortCircuit: true }
      : next(url, context)
})
const { OAuthAuthorizationServer } = await import("@cloudflare/workers-oauth-provider")

reportProcessorTime()
const port = await freePort()
const issuer = `http://127.0.0.1:${port}`
const environment = { OAUTH_KV: new MapNamespace() }
const context = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} }
const cookie = `session=${randomBytes(32).toString("base64url")}`
const sessions = new Map([[cookie, SUBJECT]])

const server = new OAuthAuthorizationServer<typeof environment>({
  issuer,
  resources: [RESOURCE],
  scopesSupported: [SCOPE],
  accessTokenTTL: LIFETIMES.accessToken,
  refreshTokenTTL: LIFETIMES.refreshToken
})
const helpers = server.getOAuthApi(environment)
// Clients that it makes have an identifier and a secret of its choice: the record moves to ours.
const { clientId } = await helpers.createClient({
  redirectUris: [REDIRECT],
  tokenEndpointAuthMethod: "client_secret_basic"
})
const record = JSON.parse(String(await environment.OAUTH_KV.get(`client:${clientId}`)))
const clientSecret = createHash("sha256").update(CLIENT.secret).digest("hex")
await environment.OAUTH_KV.put(`client:${CLIENT.id}`, JSON.stringify({ ...record, clientId: CLIENT.id, clientSecret }))

const authorize = async (request: Request): Promise<Response> => {
  const userId = sessions.get(request.headers.get("cookie") ?? "")
  if (userId === undefined) return new Response("nobody is signed in", { status: 403 })
  const asked = await helpers.parseAuthRequest(request)
  const { redirectTo } = await helpers.completeAuthorization({
    request: asked,
    userId,
    metadata: {},
    scope: asked.scope,
    props: { userId },
    // Unless told it ends the person's earlier grants, those of the other connections.
    revokeExistingGrants: false
  })
  return new Response(null, { status: 302, headers: { location: redirectTo } })
}

await listen(port, (request) =>
  new URL(request.url).pathname === "/authorize" ? authorize(request) : server.fetch(request, environment, context)
)
sayListening({ address: { port }, cookie })
