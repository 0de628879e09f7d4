import { createAuthorizationServer } from "@postern/as-core/promise"
import { openSqliteStore } from "@postern/as-store-sql"
import { memoryStore } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { serve } from "@postern/node"
import { createGuard } from "@postern/resource-server/promise"
import { makePlatformTransport } from "@postern/safe-fetch/platform"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Hono } from "hono"
import { pages } from "./servers/pages.ts"
import { hashPassword, peopleOf } from "./servers/people.ts"
import { personAt } from "./servers/person.ts"

// Hono goes from `Request` to `Response`, as everything here does. Deno and Bun serve `app.fetch` by themselves.
const app = new Hono()
const listening = await Effect.runPromise(
  serve({ fetch: async (request) => app.fetch(request), hostname: "127.0.0.1", port: 0 })
)
const issuer = `${listening.url}/auth`
const resource = `${listening.url}/mcp`

const store = await Effect.runPromise(openSqliteStore({ path: ":memory:" }))
const password = "correct horse battery staple"
const ada = { subject: "u1", name: "Ada", roles: [], username: "ada", password: await hashPassword(password) }
const authorizationServer = await createAuthorizationServer({
  issuer,
  resources: [{ resource, scopes: { "notes:read": { description: "Read your notes" } } }],
  store,
  keys: { encryptionKeys: [crypto.getRandomValues(new Uint8Array(32))] },
  people: peopleOf([ada]),
  pages,
  registration: { dynamic: {} }
})
const stopping = new AbortController()
authorizationServer.keepHouse({ signal: stopping.signal }).catch(() => undefined)

// Its issuer has a path, under which all of its endpoints are; only the metadata is where RFC 8414 section 3.1 wants it.
for (const path of [
  "/auth/*",
  "/.well-known/oauth-authorization-server/auth",
  "/.well-known/openid-configuration/auth"
]) {
  app.all(path, (context) => authorizationServer.handle(context.req.raw))
}

// Beside it: an MCP server behind its guard, and a page.
const guard = createGuard({
  resource,
  authorizationServers: [issuer],
  operations: { default: ["notes:read"], tools: { read_notes: [] } },
  tokens: { revoked: async ({ id = "" }) => Result.getOrThrow(await authorizationServer.isRevoked(id)) }
})
for (const path of ["/mcp", guard.metadataPath]) {
  app.all(path, (context) =>
    guard.handle(context.req.raw, async (_request, { subject }) => Response.json({ notes: [`of ${subject}`] }))
  )
}
app.get("/", (context) => context.text("a page of yours"))

// A client that nobody here has heard of: it registers, sends its user to sign in and to allow it, and gets a token.
const client = createClient({
  transport: makePlatformTransport({ bounds: { trust: { operator: [listening.url] } } }),
  store: memoryStore(),
  redirectUri: "http://127.0.0.1:3999/callback",
  clientMetadata: { client_name: "Notes reader" },
  userAgent: personAt({ username: "ada", password })
})
const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "read_notes", arguments: {} } }
const request = new Request(resource, {
  method: "POST",
  headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
  body: JSON.stringify(call)
})
console.log(await Result.getOrThrow(await client.fetch(resource, request)).json())
console.log(await (await fetch(listening.url)).text())

stopping.abort()
await Effect.runPromise(Effect.andThen(listening.close(), store.close))
