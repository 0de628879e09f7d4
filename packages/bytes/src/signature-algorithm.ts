/** A signature algorithm with an asymmetric key: RFC 7518, RFC 8037 and RFC 9864. */
export type SignatureAlgorithm =
  | "ES256"
  | "ES384"
  | "ES512"
  | "EdDSA"
  | "Ed25519"
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"

/** The key that a signature algorithm needs (RFC 7518 section 6); `bytes` is the length of each coordinate. */
export type KeyShape =
  | { readonly kty: "EC" | "OKP"; readonly crv: string; readonly bytes: number }
  | { readonly kty: "RSA"; readonly crv?: undefined }

/** What WebCrypto is told about a key and its signatures; it reads of it what it needs. */
export interface CryptoParameters {
  readonly name: string
  readonly namedCurve: string
  readonly hash: string
  readonly saltLength: number
}

type Entry = KeyShape & CryptoParameters

const ec = (crv: string, bytes: number, hash: string) =>
  ({ kty: "EC", crv, bytes, name: "ECDSA", namedCurve: crv, hash, saltLength: 0 }) as const
const rsa = (name: string, hash: string, saltLength = 0) =>
  ({ kty: "RSA", name, namedCurve: "", hash, saltLength }) as const
const pkcs1 = (hash: string) => rsa("RSASSA-PKCS1-v1_5", hash)
const pss = (hash: string, saltLength: number) => rsa("RSA-PSS", hash, saltLength)
const ED25519: Entry = {
  kty: "OKP",
  crv: "Ed25519",
  bytes: 32,
  name: "Ed25519",
  namedCurve: "Ed25519",
  hash: "",
  saltLength: 0
}

// RFC 7518 sections 3.3, 3.4 and 3.5, RFC 8037 section 3.1. The salt of PSS is as long as the hash.
const ALGORITHMS: Readonly<Record<SignatureAlgorithm, Entry>> = {
  ES256: ec("P-256", 32, "SHA-256"),
  ES384: ec("P-384", 48, "SHA-384"),
  ES512: ec("P-521", 66, "SHA-512"),
  EdDSA: ED25519,
  Ed25519: ED25519,
  RS256: pkcs1("SHA-256"),
  RS384: pkcs1("SHA-384"),
  RS512: pkcs1("SHA-512"),
  PS256: pss("SHA-256", 32),
  PS384: pss("SHA-384", 48),
  PS512: pss("SHA-512", 64)
}

/** Whether a name is one of {@link SignatureAlgorithm}; `none` and every HMAC are not. */
export const isSignatureAlgorithm = (name: unknown): name is SignatureAlgorithm =>
  typeof name === "string" && Object.hasOwn(ALGORITHMS, name)

/** The key that a signature algorithm needs. */
export const keyShape = (algorithm: SignatureAlgorithm): KeyShape => ALGORITHMS[algorithm]

/** Whether two names mean the same operation: RFC 9864 section 2.2 renames EdDSA over this curve. */
export const isSameAlgorithm = (left: SignatureAlgorithm, right: SignatureAlgorithm): boolean =>
  left === right || (ALGORITHMS[left] === ED25519 && ALGORITHMS[right] === ED25519)

/**
 * What WebCrypto is told to import a key of this algorithm and to verify with it. One object for each algorithm: Node makes a
 * prototype of what it is given, and of an object that was none before that costs a twentieth of a verification.
 */
export const cryptoParameters = (algorithm: SignatureAlgorithm): CryptoParameters => ALGORITHMS[algorithm]
