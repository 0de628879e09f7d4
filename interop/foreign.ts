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

/** How a secret stands in the configuration. */
export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("base64url")

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
/** The public half, as the clients' configuration has it. */
const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "ES256", use: "sig" }] }
/** The key of the clients that authenticate with one. */
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
      secretHash: hashOf(SECRET)
    })),
    {
      clientId: "private_key_jwt",
      name: "private_key_jwt",
      redirectUris: [REDIRECT],
      tokenEndpointAuthMethod: "private_key_jwt",
      jwks
    }
  ]
})

/** The private key as PEM, for a library that imports it itself. */
export const clientKeyPem = (): string => privateKey.export({ type: "pkcs8", format: "pem" }).toString()

/** Clients that act for themselves, by a secret and by a key. */
export const MACHINES = { client_secret_basic: "machine", private_key_jwt: "machine-with-a-key" } as const
/** As ours are made, of characters that form encoding leaves alone: the official SDK does not encode what it sends. */
export const MACHINE_SECRET = "the-secret-of-a-machine-of-this-run"
/** What introspects: the first server for its own tokens, the second one for its own. */
export const SERVERS = ["notes server", "archive server"] as const

/** Adds the clients that act for themselves, and lets the two MCP servers introspect. */
export const withMachines: typeof withClients = (configuration) => ({
  ...configuration,
  clients: [
    {
      clientId: MACHINES.client_secret_basic,
      name: "Machine",
      redirectUris: [],
      grantTypes: ["client_credentials"],
      tokenEndpointAuthMethod: "client_secret_basic",
      secretHash: hashOf(MACHINE_SECRET),
      scope: SCOPE.split(" ")
    },
    {
      clientId: MACHINES.private_key_jwt,
      name: "Machine with a key",
      redirectUris: [],
      grantTypes: ["client_credentials"],
      tokenEndpointAuthMethod: "private_key_jwt",
      jwks,
      scope: SCOPE.split(" ")
    },
    ...SERVERS.map((clientId) => ({
      clientId,
      name: clientId,
      redirectUris: [],
      grantTypes: [],
      tokenEndpointAuthMethod: "client_secret_basic" as const,
      secretHash: hashOf(MACHINE_SECRET)
    }))
  ],
  introspection: configuration.resources.map(({ resource }, index) => ({
    clientId: SERVERS[index] ?? "",
    resources: [resource]
  }))
})

/** What a library says of a refusal: the status, the scheme of a challenge if one came, and the error code. */
export const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return "accepted"
  } catch (error) {
    const { cause, error: code, status } = error as Refused
    const [challenge] = Array.isArray(cause) ? cause : []
    if (challenge !== undefined) {
      return [status, challenge.scheme, challenge.parameters.error].filter((part) => part !== undefined).join(" ")
    }
    return code === undefined ? String(error) : `${status} ${code}`
  }
}

interface Refused {
  readonly error?: string
  readonly status?: number
  /** The challenges, where the library stopped at those. */
  readonly cause?:
    | ReadonlyArray<{ readonly scheme: string; readonly parameters: { readonly error?: string } }>
    | Readonly<Record<string, unknown>>
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
