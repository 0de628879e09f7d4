// An authorization server of which only the keys are here, for the examples: it issues access tokens for one MCP server.
import { exportJWK, generateKeyPair, SignJWT } from "jose"

export const RESOURCE = "https://mcp.example.com/mcp"
const { privateKey, publicKey } = await generateKeyPair("ES256")

/** What a guard trusts; an issuer's URL alone, `"https://as.example.com"`, has its keys found and fetched. */
export const authorizationServer = {
  issuer: "https://as.example.com",
  jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }] }
}

/** Headers of a request with a token for these scopes. */
export const headersWith = async (scope: string): Promise<Record<string, string>> => {
  const token = await new SignJWT({ client_id: "notes-reader", scope })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
    .setIssuer(authorizationServer.issuer)
    .setAudience(RESOURCE)
    .setSubject("alice")
    .setIssuedAt()
    .setExpirationTime("5 minutes")
    .setJti(crypto.randomUUID())
    .sign(privateKey)
  return {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream"
  }
}

/** The body of a request that calls a tool. */
export const call = (name: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } })
