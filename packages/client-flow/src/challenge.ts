import {
  type BearerChallenge,
  findBearerChallenge,
  findDpopChallenge,
  parseChallenges
} from "@postern/challenge-parser"
import * as Result from "effect/Result"

/** What the challenge of a response says; one that cannot be read, or contradicts itself, says nothing. */
export type ReadChallenge =
  | { readonly _tag: "Challenge"; readonly challenge: BearerChallenge }
  | { readonly _tag: "None" }
  /** `reason` is the tag of what is wrong with it. */
  | { readonly _tag: "Unusable"; readonly reason: string }

/**
 * Reads the challenge of a `WWW-Authenticate` header (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1): that
 * of the scheme which the request used, else that of the other.
 */
export const readChallenge = (header: string | null, used: "bearer" | "dpop"): ReadChallenge => {
  const found = Result.gen(function* () {
    const challenges = yield* parseChallenges(header)
    const [find, findOther] =
      used === "dpop" ? [findDpopChallenge, findBearerChallenge] : [findBearerChallenge, findDpopChallenge]
    return (yield* find(challenges)) ?? (yield* findOther(challenges))
  })
  if (Result.isFailure(found)) return { _tag: "Unusable", reason: found.failure._tag }
  return found.success ? { _tag: "Challenge", challenge: found.success } : { _tag: "None" }
}
