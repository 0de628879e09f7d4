import { decodeBase64Url } from "@postern/bytes"
import { isJsonObject, type JsonObject, member } from "@postern/metadata"
import { isAlgorithm, keyShape, type ProofAlgorithm, sameAlgorithm } from "./algorithm.ts"

/** The public members of a key that was checked, and no others. */
export type PublicKey =
  | { readonly kty: "EC"; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: "OKP"; readonly crv: string; readonly x: string }
  | { readonly kty: "RSA"; readonly n: string; readonly e: string }

// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1: the members that hold private or symmetric key material.
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

// The sender chooses the key, and with it what a signature costs us: with these bounds RSA costs no more than ES256.
const RSA_BITS = { least: 2048, most: 4096 }
const EXPONENT_BYTES = 4

// RFC 7517 sections 4.2 to 4.4: a key that says that it is for something else is not for this.
const isFor = (jwk: JsonObject, algorithm: ProofAlgorithm): boolean => {
  const stated = member(jwk, "alg")
  const use = member(jwk, "use")
  const operations = member(jwk, "key_ops")
  return (
    (stated === undefined || (isAlgorithm(stated) && sameAlgorithm(stated, algorithm))) &&
    (use === undefined || use === "sig") &&
    (operations === undefined || (Array.isArray(operations) && operations.includes("verify")))
  )
}

/** A coordinate has exactly the length of its curve, so that one key has one thumbprint (RFC 7638 section 3.2). */
const coordinate = (jwk: JsonObject, name: string, bytes: number): string | undefined => {
  const value = member(jwk, name)
  return typeof value === "string" && decodeBase64Url(value)?.length === bytes ? value : undefined
}

/** A number without leading zeros (RFC 7518 section 2, Base64urlUInt) and its bytes. */
const unsigned = (jwk: JsonObject, name: string): { readonly text: string; readonly bytes: Uint8Array } | undefined => {
  const text = member(jwk, name)
  const bytes = typeof text === "string" ? decodeBase64Url(text) : undefined
  return typeof text === "string" && bytes !== undefined && (bytes[0] ?? 0) !== 0 ? { text, bytes } : undefined
}

const rsaKey = (jwk: JsonObject): PublicKey | undefined => {
  const n = unsigned(jwk, "n")
  const e = unsigned(jwk, "e")
  if (n === undefined || e === undefined) return undefined
  const bits = n.bytes.length * 8 - Math.clz32(n.bytes[0] ?? 0) + 24
  const exponentFits = e.bytes.length <= EXPONENT_BYTES && ((e.bytes.at(-1) ?? 0) & 1) === 1 && e.text !== "AQ"
  // RFC 7518 section 3.3: 2048 bits or more.
  if (bits < RSA_BITS.least || bits > RSA_BITS.most || !exponentFits) return undefined
  return { kty: "RSA", n: n.text, e: e.text }
}

/** The public key in `jwk`, if it is one that the algorithm can be verified with (RFC 9449 section 4.3, checks 5 and 7). */
export const checkKey = (jwk: unknown, algorithm: ProofAlgorithm): PublicKey | undefined => {
  if (!isJsonObject(jwk) || SECRET_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return undefined
  const shape = keyShape(algorithm)
  if (member(jwk, "kty") !== shape.kty || !isFor(jwk, algorithm)) return undefined
  if (shape.kty === "RSA") return rsaKey(jwk)
  const { crv } = shape
  const x = member(jwk, "crv") === crv ? coordinate(jwk, "x", shape.bytes) : undefined
  if (x === undefined) return undefined
  if (shape.kty === "OKP") return { kty: "OKP", crv, x }
  const y = coordinate(jwk, "y", shape.bytes)
  return y === undefined ? undefined : { kty: "EC", crv, x, y }
}
