import { makeClient, memoryStore } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { fetch, RESOURCE, userSaysYes } from "./servers/in-memory.ts"

const options = {
  transport: makeTransport({ fetch }), // for metadata and tokens; without `fetch` the platform's
  resourceFetch: fetch, // for the MCP server itself; likewise
  store: memoryStore(), // or `makeFileStore` of @postern/node
  redirectUri: "http://127.0.0.1:3999/callback",
  clientMetadata: { client_name: "Notes reader" }
}

// With Effect: a request, authorized on the way. The user agent shows a URL and brings the callback that arrives.
const client = Result.getOrThrow(
  makeClient({ ...options, userAgent: (request) => Effect.succeed(userSaysYes(request)) })
)
const response = await Effect.runPromise(client.fetch(RESOURCE, new Request(RESOURCE)))
console.log(response.status, await response.text())

// With Promises: what a server got wrong comes back as a value.
const other = createClient({ ...options, userAgent: async ({ redirectUri }) => `${redirectUri}?code=c&state=guessed` })
const outcome = await other.authorize({ resource: RESOURCE })
console.log(Result.isSuccess(outcome) ? "authorized" : outcome.failure.message)
