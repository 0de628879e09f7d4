import type { ClientKeySet } from "../store.ts"
import { assertionAlgorithms, fits } from "./algorithm.ts"
import { isObject, type JsonObject, member } from "./json.ts"

/** The most members of a key set that are read. */
const MAXIMUM_KEYS = 100

const PUBLIC_MEMBERS: ReadonlyMap<unknown, ReadonlyArray<string>> = new Map([
  ["EC", ["crv", "x", "y"]],
  ["OKP", ["crv", "x"]],
  ["RSA", ["n", "e"]]
])

// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1.
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

// RFC 7517 sections 4.2 and 4.3: a key that is for something else is not for this.
const isForVerifying = (jwk: JsonObject): boolean => {
  const use = member(jwk, "use")
  const operations = member(jwk, "key_ops")
  if (use !== undefined && use !== "sig") return false
  return operations === undefined || (Array.isArray(operations) && operations.includes("verify"))
}

const readKey = (jwk: unknown): Readonly<Record<string, string>> | undefined => {
  // Who signs with a key that was published whole is anybody.
  if (!isObject(jwk) || SECRET_MEMBERS.some((name) => Object.hasOwn(jwk, name)) || !isForVerifying(jwk))
    return undefined
  const kty = member(jwk, "kty")
  const needed = PUBLIC_MEMBERS.get(kty)
  if (needed === undefined || typeof kty !== "string") return undefined
  const key: Record<string, string> = { kty }
  for (const name of [...needed, "kid", "alg"]) {
    const value = member(jwk, name)
    if (value === undefined && !needed.includes(name)) continue
    if (typeof value !== "string") return undefined
    key[name] = value
  }
  return assertionAlgorithms.some((algorithm) => fits(key, algorithm)) ? key : undefined
}

/**
 * The keys of a JWKS that can verify an assertion (RFC 7517 section 5), their public members alone: members that are no keys,
 * are symmetric or private, or are for another use or algorithm are passed over. `undefined` when there is none.
 */
export const readKeySet = (json: unknown): ClientKeySet | undefined => {
  const members: unknown = isObject(json) ? member(json, "keys") : undefined
  if (!Array.isArray(members) || members.length > MAXIMUM_KEYS) return undefined
  const keys = members.map(readKey).filter((key) => key !== undefined)
  return keys.length > 0 ? { keys } : undefined
}

/**
 * The one key for a header: same `kid` when the header has one, right for its algorithm. Two that fit are refused, since a
 * server that tries keys in turn lets the sender choose.
 */
export const selectKey = (
  { keys }: ClientKeySet,
  { algorithm, kid }: { readonly algorithm: string; readonly kid: string | undefined }
): Readonly<Record<string, string>> | undefined => {
  const [key, second] = keys.filter((one) => (kid === undefined || one["kid"] === kid) && fits(one, algorithm))
  return second === undefined ? key : undefined
}
