import { type BearerChallenge, findBearerChallenge, parseChallenges } from "@postern/challenge-parser"
import * as Result from "effect/Result"

/** What the challenge of a response says; one that cannot be read, or contradicts itself, says nothing. */
export type ReadChallenge =
  | { readonly _tag: "Challenge"; readonly challenge: BearerChallenge }
  | { readonly _tag: "None" }
  /** `reason` is the tag of what is wrong with it. */
  | { readonly _tag: "Unusable"; readonly reason: string }

/** Reads the Bearer challenge of a `WWW-Authenticate` header (RFC 6750 section 3, RFC 9728 section 5.1). */
export const readChallenge = (header: string | null): ReadChallenge => {
  const found = Result.flatMap(parseChallenges(header), findBearerChallenge)
  if (Result.isFailure(found)) return { _tag: "Unusable", reason: found.failure._tag }
  return found.success ? { _tag: "Challenge", challenge: found.success } : { _tag: "None" }
}
