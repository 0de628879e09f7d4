import { type JsonObject, member } from "@postern/metadata"
import * as Result from "effect/Result"
import { type Algorithm, isAlgorithm } from "./algorithm.ts"
import type { Dialect } from "./dialect.ts"
import { AlgorithmForbidden, TokenMalformed, TypeMismatch } from "./rejections.ts"

/** What a header says about the key, once its algorithm is known to be allowed. */
export interface SignedBy {
  readonly algorithm: Algorithm
  readonly kid: string | undefined
}

// RFC 8725 section 3.10: a key, or a place to fetch one, named by the token itself is the attacker's.
const KEY_MEMBERS = ["jku", "jwk", "x5u", "x5c"]

/** Checks the members of a header that decide how the signature is verified. */
export const checkSignedBy = (
  header: JsonObject,
  { algorithms }: { readonly algorithms: ReadonlyArray<Algorithm> }
): Result.Result<SignedBy, TokenMalformed | AlgorithmForbidden> => {
  const malformed = (reason: TokenMalformed["reason"]) => Result.fail(new TokenMalformed({ part: "header", reason }))
  // RFC 7515 section 4.1.11: no extension is understood here; `b64` without `crit` breaks RFC 7797 section 6.
  if (Object.hasOwn(header, "crit") || Object.hasOwn(header, "b64")) return malformed("critical-extension")
  if (KEY_MEMBERS.some((name) => Object.hasOwn(header, name))) return malformed("key-in-header")
  const algorithm = member(header, "alg")
  if (typeof algorithm !== "string") return malformed("member")
  const kid = member(header, "kid")
  if (kid !== undefined && typeof kid !== "string") return malformed("member")
  if (!isAlgorithm(algorithm) || !algorithms.includes(algorithm)) {
    return Result.fail(new AlgorithmForbidden({ allowed: algorithms }))
  }
  return Result.succeed({ algorithm, kid })
}

/**
 * Checks `typ` (RFC 9068 section 4, RFC 8725 section 3.11): one that the dialect takes, with or without `application/`, in
 * any case of letters.
 */
export const checkType = (
  header: JsonObject,
  dialect: Pick<Dialect, "types" | "typeMayBeAbsent">
): Result.Result<void, TypeMismatch> => {
  const type = member(header, "typ")
  if (type === undefined && dialect.typeMayBeAbsent) return Result.succeed(undefined)
  const name = typeof type === "string" ? type.toLowerCase() : ""
  return dialect.types.includes(name.startsWith("application/") ? name.slice(12) : name)
    ? Result.succeed(undefined)
    : Result.fail(new TypeMismatch({ expected: dialect.types }))
}
