import { makeVerifier } from "@postern/jwt-verify"
import { makeGuard } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

const resource = "https://mcp.example.com/mcp"
const issuer = "https://as.example.com"
const fetchKeys = () => Effect.succeed({ status: 200, text: '{"keys":[]}' }) // a transport of @postern/safe-fetch
const options = {
  resource,
  authorizationServers: [issuer],
  verifier: Result.getOrThrow(
    makeVerifier({ issuer, audience: resource, jwks: { uri: `${issuer}/jwks` }, fetch: fetchKeys })
  ),
  operations: { default: ["notes:read"], tools: { write_note: ["notes:write"] } }
}

// With Effect: access, or a finished answer and why.
const guard = Result.getOrThrow(makeGuard(options))
const outcome = await Effect.runPromise(guard.check(new Request(resource)))
console.log(outcome._tag === "Access" ? outcome.token.subject : outcome.rejection.message)

// With Promises: from Request to Response. The handler is called for requests that may pass, and for no others.
const { handle } = createGuard(options)
const response = await handle(new Request(resource), async (_request, { token }) => new Response(token.subject))
console.log(response.status, response.headers.get("www-authenticate"))
