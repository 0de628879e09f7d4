import { createMcpHandler, McpServer } from "@modelcontextprotocol/server"
import { guardedHandler } from "@postern/mcp-sdk/server"
import { createGuard } from "@postern/resource-server/promise"
import { authorizationServer, call, headersWith, RESOURCE } from "./servers/access-tokens.ts"

const guard = createGuard({
  resource: RESOURCE,
  authorizationServers: [authorizationServer],
  operations: { default: ["notes:read"], tools: { read_notes: [], write_note: ["notes:write"] } }
})

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: "notes", version: "1.0.0" })
  // Whether the caller may call a tool was decided before it runs.
  server.registerTool("read_notes", {}, ({ http }) => ({
    content: [{ type: "text", text: `the notes of ${String(http?.authInfo?.extra?.["subject"])}` }]
  }))
  server.registerTool("write_note", {}, () => ({ content: [{ type: "text", text: "written" }] }))
  return server
})

// From `Request` to `Response`: for `serve` of @postern/node, Hono, or any runtime that speaks fetch.
const fetch = guardedHandler(guard, handler)

const headers = await headersWith("notes:read")
for (const tool of ["read_notes", "write_note"]) {
  const response = await fetch(new Request(RESOURCE, { method: "POST", headers, body: call(tool) }))
  console.log(response.status, response.headers.get("www-authenticate") ?? (await response.text()))
}
