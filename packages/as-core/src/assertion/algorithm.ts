import type { Algorithm } from "@postern/jwt-verify"

/** What an assertion may be signed with: asymmetric algorithms alone (RFC 8725 section 3.1). */
export const assertionAlgorithms: ReadonlyArray<Algorithm> = [
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
  "PS256",
  "RS256"
]

/** Whether a name is one of them. */
export const isAssertionAlgorithm = (name: string): name is Algorithm =>
  assertionAlgorithms.some((algorithm) => algorithm === name)
