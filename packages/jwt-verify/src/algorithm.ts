/** A signature algorithm of RFC 7518, RFC 8037 and RFC 9864 that a verifier can be told to accept; all are asymmetric. */
export type Algorithm =
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

/** The key that an algorithm needs. */
export interface KeyShape {
  readonly kty: "EC" | "OKP" | "RSA"
  readonly crv?: string
}

const RSA: KeyShape = { kty: "RSA" }
const ED25519: KeyShape = { kty: "OKP", crv: "Ed25519" }

const SHAPES: Readonly<Record<Algorithm, KeyShape>> = {
  ES256: { kty: "EC", crv: "P-256" },
  ES384: { kty: "EC", crv: "P-384" },
  ES512: { kty: "EC", crv: "P-521" },
  EdDSA: ED25519,
  Ed25519: ED25519,
  RS256: RSA,
  RS384: RSA,
  RS512: RSA,
  PS256: RSA,
  PS384: RSA,
  PS512: RSA
}

/**
 * The algorithms accepted unless told. RS256 stands before PS256: an RSA key whose JWK names no algorithm is used with
 * the first of the list that fits, and with no other.
 */
export const defaultAlgorithms: ReadonlyArray<Algorithm> = [
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
  "RS256",
  "PS256"
]

/** Whether a name is one of {@link Algorithm}; `none` and every HMAC are not. */
export const isAlgorithm = (name: unknown): name is Algorithm => typeof name === "string" && Object.hasOwn(SHAPES, name)

/** The key that an algorithm needs. */
export const keyShape = (algorithm: Algorithm): KeyShape => SHAPES[algorithm]

/** Whether two names mean the same operation: RFC 9864 section 2.2 renames EdDSA over this curve. */
export const sameAlgorithm = (left: Algorithm, right: Algorithm): boolean =>
  left === right || (SHAPES[left] === ED25519 && SHAPES[right] === ED25519)
