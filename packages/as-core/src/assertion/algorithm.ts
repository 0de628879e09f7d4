/** The key that an algorithm needs (RFC 7518 section 3.1, RFC 8037 section 3.1). */
interface KeyShape {
  readonly kty: string
  readonly crv?: string
}

const ED25519: KeyShape = { kty: "OKP", crv: "Ed25519" }

const SHAPES: ReadonlyMap<string, KeyShape> = new Map([
  ["ES256", { kty: "EC", crv: "P-256" }],
  ["ES384", { kty: "EC", crv: "P-384" }],
  ["ES512", { kty: "EC", crv: "P-521" }],
  ["EdDSA", ED25519],
  ["Ed25519", ED25519],
  ["PS256", { kty: "RSA" }],
  ["RS256", { kty: "RSA" }]
])

/** What an assertion may be signed with: asymmetric algorithms alone (RFC 8725 section 3.1). */
export const assertionAlgorithms: ReadonlyArray<string> = [...SHAPES.keys()]

/** RFC 9864 section 2.2 renames EdDSA over this curve. */
const sameAlgorithm = (left: string, right: string): boolean =>
  left === right || (SHAPES.get(left) === ED25519 && SHAPES.get(right) === ED25519)

/** Whether a public key is one for this algorithm: of its kind and, where it names an algorithm, of that one. */
export const fits = (key: Readonly<Record<string, string>>, algorithm: string): boolean => {
  const shape = SHAPES.get(algorithm)
  if (shape === undefined || key["kty"] !== shape.kty) return false
  if (shape.crv !== undefined && key["crv"] !== shape.crv) return false
  return key["alg"] === undefined || sameAlgorithm(key["alg"], algorithm)
}
