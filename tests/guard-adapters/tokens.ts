import { exportJWK, generateKeyPair, SignJWT } from "jose"

export const ISSUER = "https://as.example.com"
export const RESOURCE = "https://mcp.example.com/mcp"
export const METADATA_URL = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
export const METADATA_PATH = "/.well-known/oauth-protected-resource/mcp"

const { privateKey, publicKey } = await generateKeyPair("ES256")

/** Who may come in, for a guard. */
export const trusted = {
  issuer: ISSUER,
  jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" }] }
}

const now = Math.floor(Date.now() / 1000)
let count = 0

/** An access token for the resource. */
export const token = (claims: {
  readonly scope: string
  readonly sub?: string
  readonly exp?: number
}): Promise<string> =>
  new SignJWT({
    iss: ISSUER,
    aud: RESOURCE,
    sub: "u1",
    client_id: "c1",
    iat: now,
    exp: now + 300,
    jti: `j${(count += 1)}`,
    ...claims
  })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
    .sign(privateKey)

export const reader = await token({ scope: "notes:read" })
export const writer = await token({ scope: "notes:read notes:write" })
export const stranger = await token({ scope: "notes:read notes:write", sub: "u2" })
