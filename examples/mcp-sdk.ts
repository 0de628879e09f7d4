import { memoryStore } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { transportOptions } from "@postern/mcp-sdk/client"
import { makeTransport } from "@postern/safe-fetch"
import { fetch, RESOURCE, userSaysYes } from "./servers/in-memory.ts"

const client = createClient({
  transport: makeTransport({ fetch }), // leave `fetch` and `resourceFetch` out to use the platform's
  resourceFetch: fetch,
  store: memoryStore(),
  redirectUri: "http://127.0.0.1:3999/callback",
  clientMetadata: { client_name: "Notes reader" },
  userAgent: async (request) => userSaysYes(request) // shows a URL, brings the callback that arrives
})

// What `new StreamableHTTPClientTransport(new URL(RESOURCE), options)` of the SDK takes.
const options = transportOptions(client, RESOURCE)

// The SDK's transport sends every request through it.
const response = await options.fetch(RESOURCE)
console.log(response.status, await response.text())
