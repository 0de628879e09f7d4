import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import { memoryStore } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { authProvider, transportOptions } from "@postern/mcp-sdk/client-v1"
import { makeTransport } from "@postern/safe-fetch"
import { fetch, RESOURCE, userSaysYes } from "./servers/mcp.ts"

const makeOurs = () =>
  createClient({
    transport: makeTransport({ fetch }), // leave `fetch` and `resourceFetch` out to use the platform's
    resourceFetch: fetch,
    store: memoryStore(),
    redirectUri: "http://127.0.0.1:3999/callback",
    clientMetadata: { client_name: "Notes reader" },
    userAgent: async (request) => userSaysYes(request) // shows a URL, brings the callback that arrives
  })
const readNotes = async (mcp: Client) => (await mcp.callTool({ name: "read_notes", arguments: {} })).content
const url = new URL(RESOURCE)

// Wherever a `fetch` can be passed: the login takes place within the request.
const mcp = new Client({ name: "notes-reader", version: "1.0.0" })
await mcp.connect(new StreamableHTTPClientTransport(url, transportOptions(makeOurs(), RESOURCE)), {
  timeout: 6 * 60 * 1000
})
console.log(await readNotes(mcp))
await mcp.close()

// Where only a provider can be passed: the login has been done when the SDK throws, and what was refused is repeated. A transport
// starts once, so that connecting again takes a new one.
const provider = authProvider(makeOurs(), RESOURCE)
const connect = async () => {
  const other = new Client({ name: "notes-reader", version: "1.0.0" })
  await other.connect(new StreamableHTTPClientTransport(url, { authProvider: provider, fetch }))
  return other
}
const connected = await connect().catch((error: unknown) => {
  if (error instanceof UnauthorizedError) return connect()
  throw error
})
console.log(await readNotes(connected))
await connected.close()
