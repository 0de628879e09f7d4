import type { SignatureAlgorithm } from "@postern/bytes"

/** A signature algorithm of RFC 7518, RFC 8037 and RFC 9864 that a verifier can be told to accept; all are asymmetric. */
export type Algorithm = SignatureAlgorithm

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

export { isSameAlgorithm as sameAlgorithm, isSignatureAlgorithm as isAlgorithm, keyShape } from "@postern/bytes"
