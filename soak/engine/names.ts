import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto"

// Who takes part in every world of the soak.

export const ISSUER = "http://127.0.0.1:9000"
export const RESOURCE = "http://127.0.0.1:9001/mcp"
export const SCOPE = "notes:read"
/** Acts for a user, and authenticates by a secret, so that consent is remembered. */
export const APP = "app"
export const CALLBACK = "https://app.example/callback"
/** Acts for itself, and authenticates by assertions, each with a `jti`. */
export const MACHINE = "machine"
/** Asks whether tokens are active. */
export const RESOURCE_SERVER = "resource-server"
export const SECRET = randomBytes(32).toString("base64url")
/** RFC 7636 appendix B. */
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
/** How long the answer to a refresh is repeated: as long as it may be, for a start of a server takes its time here. */
export const REPLAY_SECONDS = 60

/** What all servers over one store have to know. */
export interface Secrets {
  /** 32 bytes, base64url. */
  readonly encryptionKey: string
  readonly secretHash: string
  readonly machineKey: Readonly<Record<string, unknown>>
}

export const makeSecrets = (): { readonly secrets: Secrets; readonly machine: KeyObject } => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  return {
    machine: privateKey,
    secrets: {
      encryptionKey: randomBytes(32).toString("base64url"),
      secretHash: createHash("sha256").update(SECRET).digest("base64url"),
      machineKey: { ...publicKey.export({ format: "jwk" }) }
    }
  }
}
