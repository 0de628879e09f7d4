import { type Algorithm, type KeyRules, type KeySource, makeFixedKeys } from "@postern/jwt-verify"
import { isJsonObject, type JsonObject, member } from "@postern/metadata"
import * as Result from "effect/Result"
import type { ClientKeySet } from "../store.ts"
import { assertionAlgorithms } from "./algorithm.ts"

// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1.
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

/** Which keys of a client's set are used, and what with. */
export const clientKeyRules: KeyRules = {
  algorithms: assertionAlgorithms,
  // A client says with its registration what it signs with, if it does (RFC 7591 section 2), and need not say it of each key.
  unstatedAlgorithm: "each",
  // Who signs with a key that was published whole is anybody.
  accepts: (jwk) => !SECRET_MEMBERS.some((name) => Object.hasOwn(jwk, name))
}

/** The keys of a set, ready to verify; `undefined` when none of them can. */
export const keysOf = (
  jwks: unknown,
  algorithms: ReadonlyArray<Algorithm> = assertionAlgorithms
): KeySource | undefined => Result.getOrUndefined(makeFixedKeys(jwks, { ...clientKeyRules, algorithms }))

const KEPT_MEMBERS = ["kty", "crv", "x", "y", "n", "e", "kid", "alg"]

const keptMembers = (jwk: JsonObject): Readonly<Record<string, string>> => {
  const kept: Record<string, string> = {}
  for (const name of KEPT_MEMBERS) {
    const value = member(jwk, name)
    if (typeof value === "string") kept[name] = value
  }
  return kept
}

/**
 * What is kept of a client's JWKS (RFC 7517 section 5): the keys that can verify an assertion, their public members alone.
 * `undefined` when there is none.
 */
export const readKeySet = (json: unknown): ClientKeySet | undefined => {
  const members: unknown = isJsonObject(json) ? member(json, "keys") : undefined
  // As a whole first: how many there may be is a rule as well.
  if (!Array.isArray(members) || keysOf(json) === undefined) return undefined
  const usable = members.filter(isJsonObject).filter((jwk) => keysOf({ keys: [jwk] }) !== undefined)
  return { keys: usable.map(keptMembers) }
}
