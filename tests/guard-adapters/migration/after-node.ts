import { createServer } from "node:http"
import { toNodeHandler } from "@modelcontextprotocol/node"
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server"
import { authInfoFor } from "@postern/mcp-sdk/server"
import { guardListener } from "@postern/node/guard"
import { createGuard } from "@postern/resource-server/promise"

const guard = createGuard({
  resource: "https://mcp.example.com/mcp",
  authorizationServers: ["https://as.example.com"],
  operations: { default: ["notes:read"], tools: { write_note: ["notes:write"] } }
})

const handler = toNodeHandler(
  createMcpHandler(() => {
    const server = new McpServer({ name: "notes", version: "1.0.0" })
    server.registerTool("write_note", {}, () => ({ content: [{ type: "text", text: "written" }] }))
    return server
  })
)

// The third argument is the message that was judged: the handler reads no other.
export const server = createServer(
  guardListener(guard, (incoming, outgoing) => handler(incoming, outgoing, incoming.body), { auth: authInfoFor(guard) })
)
