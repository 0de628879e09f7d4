// What the legs of foreign OAuth clients share: the clients that the authorization server knows beforehand, and how a refusal
// of any library reads.
import { createHash, generateKeyPairSync } from "node:crypto"
import type { startWorld } from "../apps/demo/src/index.ts"

export const REDIRECT = "http://127.0.0.1:38916/callback"
export const SCOPE = "notes:read notes:write"

/** How a client of these runs authenticates. */
export const METHODS = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"] as const
export type Method = (typeof METHODS)[number]

/** With characters that form encoding changes, and one outside ASCII (RFC 6749 section 2.3.1). */
export const SECRET = "a secret: of this run + 100% of it, é"

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
/** The key of the client that authenticates with one. */
export const clientKey = (): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    "pkcs8",
    new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["sign"]
  )

/** Adds one client for each method that needs a registration beforehand, under the name of the method. */
export const withClients: NonNullable<Parameters<typeof startWorld>[1]> = (configuration) => ({
  ...configuration,
  clients: [
    ...(["client_secret_basic", "client_secret_post"] as const).map((method) => ({
      clientId: method,
      name: method,
      redirectUris: [REDIRECT],
      tokenEndpointAuthMethod: method,
      secretHash: createHash("sha256").update(SECRET).digest("base64url")
    })),
    {
      clientId: "private_key_jwt",
      name: "private_key_jwt",
      redirectUris: [REDIRECT],
      tokenEndpointAuthMethod: "private_key_jwt",
      jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "ES256", use: "sig" }] }
    }
  ]
})

/** What a library says of a refusal: the status and the error code. */
export const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return "accepted"
  } catch (error) {
    const { error: code, status } = error as { readonly error?: string; readonly status?: number }
    return code === undefined ? String(error) : `${status} ${code}`
  }
}

/** What was issued, in words. */
export const issued = (tokens: {
  readonly token_type: string
  readonly scope?: string | undefined
  readonly refresh_token?: string | undefined
}): string =>
  [tokens.token_type.toLowerCase(), tokens.scope, tokens.refresh_token === undefined ? "alone" : "refreshable"].join(
    " "
  )
