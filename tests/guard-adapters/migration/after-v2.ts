import { createMcpHandler, McpServer } from "@modelcontextprotocol/server"
import { guardedHandler } from "@postern/mcp-sdk/server"
import { createGuard } from "@postern/resource-server/promise"

const guard = createGuard({
  resource: "https://mcp.example.com/mcp",
  authorizationServers: ["https://as.example.com"],
  operations: { default: ["notes:read"], tools: { write_note: ["notes:write"] } }
})

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: "notes", version: "1.0.0" })
  server.registerTool("write_note", {}, () => ({ content: [{ type: "text", text: "written" }] }))
  return server
})

export const fetch = guardedHandler(guard, handler)
