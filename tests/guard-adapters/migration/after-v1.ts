import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js"
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import { authInfoFor } from "@postern/mcp-sdk/server-v1"
import { expressGuard } from "@postern/node/express"
import { createGuard } from "@postern/resource-server/promise"
import express from "express"

const guard = createGuard({
  resource: "https://mcp.example.com/mcp",
  authorizationServers: ["https://as.example.com"],
  operations: { default: ["notes:read"], tools: { read_notes: [], write_note: ["notes:write"] } }
})

const makeServer = () => {
  const server = new McpServer({ name: "notes", version: "1.0.0" })
  server.registerTool("read_notes", {}, ({ authInfo }) => ({
    content: [{ type: "text", text: `notes of ${String(authInfo?.extra?.["subject"])}` }]
  }))
  server.registerTool("write_note", {}, () => ({ content: [{ type: "text", text: "written" }] }))
  return server
}

export const app = express()
app.use(["/mcp", guard.metadataPath], expressGuard(guard, { auth: authInfoFor(guard) }))
app.all("/mcp", async (request, response) => {
  const transport = new StreamableHTTPServerTransport({})
  await makeServer().connect(transport)
  await transport.handleRequest(request, response, request.body)
})
