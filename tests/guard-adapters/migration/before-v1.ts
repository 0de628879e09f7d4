import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js"
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js"
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import express from "express"
import { createRemoteJWKSet, jwtVerify } from "jose"

const keys = createRemoteJWKSet(new URL("https://as.example.com/jwks"))
const verifier = {
  verifyAccessToken: async (token: string) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: "https://as.example.com",
        audience: "https://mcp.example.com/mcp"
      })
      return {
        token,
        clientId: String(payload["client_id"]),
        scopes: String(payload["scope"]).split(" "),
        expiresAt: payload.exp ?? 0,
        extra: { subject: payload.sub }
      }
    } catch {
      throw new InvalidTokenError("The access token is not valid")
    }
  }
}
const metadataUrl = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"

const makeServer = () => {
  const server = new McpServer({ name: "notes", version: "1.0.0" })
  server.registerTool("read_notes", {}, ({ authInfo }) => ({
    content: [{ type: "text", text: `notes of ${String(authInfo?.extra?.["subject"])}` }]
  }))
  server.registerTool("write_note", {}, ({ authInfo }) => {
    if (authInfo?.scopes.includes("notes:write") !== true) throw new Error("insufficient scope")
    return { content: [{ type: "text", text: "written" }] }
  })
  return server
}

export const app = express()
app.get("/.well-known/oauth-protected-resource/mcp", (_request, response) => {
  response.json({ resource: "https://mcp.example.com/mcp", authorization_servers: ["https://as.example.com"] })
})
app.use(express.json())
app.use("/mcp", requireBearerAuth({ verifier, requiredScopes: ["notes:read"], resourceMetadataUrl: metadataUrl }))
app.all("/mcp", async (request, response) => {
  const transport = new StreamableHTTPServerTransport({})
  await makeServer().connect(transport)
  await transport.handleRequest(request, response, request.body)
})
