// Express with the SDK's gate, jose as its verifier, and Express's JSON reader.
import express from "express"
import { createLocalJWKSet, jwtVerify } from "jose"
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js"
import { ISSUER, RESOURCE } from "./issuer.ts"
import { answerOf, begin } from "./http-child.ts"

const { jwks } = begin()
const keys = createLocalJWKSet(jwks)
const gate = requireBearerAuth({
  requiredScopes: ["notes:read"],
  resourceMetadataUrl: "https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
  verifier: {
    verifyAccessToken: async (token) => {
      const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: RESOURCE, typ: "at+jwt" })
      return {
        token,
        clientId: String(payload["client_id"]),
        scopes: String(payload["scope"]).split(" "),
        expiresAt: payload.exp ?? 0,
        extra: { subject: payload.sub }
      }
    }
  }
})

const app = express()
app.post("/mcp", gate, express.json(), (request, response) => {
  // Whoever hung up while the token was verified, at the end of a round, has no body any more.
  if (request.body === undefined) return void response.end()
  const { id } = request.body as { readonly id: number }
  response.type("application/json").send(answerOf(id, String(request.auth?.extra?.["subject"])))
})
const server = app.listen(0, "127.0.0.1", () => process.send?.({ address: server.address() }))
