import type { SignatureAlgorithm } from "@postern/bytes"

/** A signature algorithm of RFC 7518, RFC 8037 and RFC 9864 that a proof can be accepted with; all are asymmetric. */
export type ProofAlgorithm = SignatureAlgorithm

/** The algorithms accepted unless told. */
export const defaultAlgorithms: ReadonlyArray<ProofAlgorithm> = [
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
  "PS256",
  "RS256"
]

export { isSameAlgorithm as sameAlgorithm, isSignatureAlgorithm as isAlgorithm, keyShape } from "@postern/bytes"
