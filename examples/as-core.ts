import { type AuthorizationServerOptions, makeAuthorizationServer } from "@postern/as-core"
import { createAuthorizationServer } from "@postern/as-core/promise"
import { openSqliteStore } from "@postern/as-store-sql"
import * as Effect from "effect/Effect"

const ada = { subject: "u1", name: "Ada", roles: [] }
const options: AuthorizationServerOptions = {
  issuer: "https://as.example.com",
  resources: [
    { resource: "https://mcp.example.com/mcp", scopes: { "notes:read": { description: "Read your notes" } } }
  ],
  store: await Effect.runPromise(openSqliteStore({ path: ":memory:" })),
  // 32 random bytes from where your secrets are, the same at every start: they open the signing keys in the store.
  keys: { encryptionKeys: [crypto.getRandomValues(new Uint8Array(32))] },
  people: { authenticate: () => Effect.succeed(ada), find: () => Effect.succeed(ada) },
  // A page gets every fact that it must show; escape them all.
  pages: { signIn: () => "<form …>", consent: () => "<form …>", error: ({ title }) => `<h1>${title}</h1>` },
  registration: { dynamic: {} }
}

// With Effect: from Request to Response.
const server = await Effect.runPromise(makeAuthorizationServer(options))
const metadata = new Request("https://as.example.com/.well-known/oauth-authorization-server")
console.log(await (await Effect.runPromise(server.handle(metadata))).json())

// With Promises: the same as a handler for any framework.
const { handle } = await createAuthorizationServer(options)
const refused = await handle(new Request("https://as.example.com/authorize?client_id=nobody"))
console.log(refused.status, await refused.text())
