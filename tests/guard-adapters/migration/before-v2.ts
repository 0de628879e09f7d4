import {
  createMcpHandler,
  McpServer,
  OAuthError,
  OAuthErrorCode,
  requireBearerAuth
} from "@modelcontextprotocol/server"
import { createRemoteJWKSet, jwtVerify } from "jose"

const keys = createRemoteJWKSet(new URL("https://as.example.com/jwks"))
const verifier = {
  verifyAccessToken: async (token: string) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: "https://as.example.com",
        audience: "https://mcp.example.com/mcp"
      })
      const scopes = String(payload["scope"]).split(" ")
      return { token, clientId: String(payload["client_id"]), scopes, expiresAt: payload.exp ?? 0 }
    } catch {
      throw new OAuthError(OAuthErrorCode.InvalidToken, "The access token is not valid")
    }
  }
}
const gate = requireBearerAuth({
  verifier,
  requiredScopes: ["notes:read"],
  resourceMetadataUrl: "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
})

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: "notes", version: "1.0.0" })
  server.registerTool("write_note", {}, ({ http }) => {
    if (http?.authInfo?.scopes.includes("notes:write") !== true) throw new Error("insufficient scope")
    return { content: [{ type: "text", text: "written" }] }
  })
  return server
})

export const fetch = async (request: Request): Promise<Response> => {
  if (new URL(request.url).pathname === "/.well-known/oauth-protected-resource/mcp") {
    return Response.json({ resource: "https://mcp.example.com/mcp", authorization_servers: ["https://as.example.com"] })
  }
  const outcome = await gate(request)
  return outcome instanceof Response ? outcome : handler.fetch(request, { authInfo: outcome })
}
