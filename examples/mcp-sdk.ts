import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { memoryStore } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { transportOptions } from "@postern/mcp-sdk/client"
import { makeTransport } from "@postern/safe-fetch"
import { fetch, RESOURCE, userSaysYes } from "./servers/mcp.ts"

const client = createClient({
  transport: makeTransport({ fetch }), // leave `fetch` and `resourceFetch` out to use the platform's
  resourceFetch: fetch,
  store: memoryStore(),
  redirectUri: "http://127.0.0.1:3999/callback",
  clientMetadata: { client_name: "Notes reader" },
  userAgent: async (request) => userSaysYes(request) // shows a URL, brings the callback that arrives
})

const mcp = new Client({ name: "notes-reader", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } })
const transport = new StreamableHTTPClientTransport(new URL(RESOURCE), transportOptions(client, RESOURCE))

// The login takes place within this request, so the SDK has to wait for as long as a person may take.
await mcp.connect(transport, { timeout: 6 * 60 * 1000 })
console.log((await mcp.callTool({ name: "read_notes", arguments: {} })).content)
await mcp.close()
