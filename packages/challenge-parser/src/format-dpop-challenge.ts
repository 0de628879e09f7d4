import * as Result from "effect/Result"
import { type BearerChallengeOptions, formatBearerChallenge } from "./format-bearer-challenge.ts"
import { ChallengeUnrepresentable } from "./rejections.ts"

/** What a DPoP challenge is to say; what is absent is not written. */
export interface DpopChallengeOptions extends Omit<BearerChallengeOptions, "scheme"> {
  /** The JWS algorithms that a proof may be signed with; one that is given twice is written once, and no `algs` for none. */
  readonly algs?: ReadonlyArray<string> | undefined
}

// Names of the IANA registry "JSON Web Signature and Encryption Algorithms" (RFC 7515 section 4.1.1).
const isAlgorithmName = (value: string): boolean => /^[A-Za-z0-9+_-]+$/.test(value)

/**
 * Writes a DPoP challenge (RFC 9449 section 7.1): the parameters of a Bearer challenge, and `algs` after them. A value with a
 * character outside its set is refused, never shortened or replaced.
 */
export const formatDpopChallenge = ({
  algs = [],
  ...options
}: DpopChallengeOptions): Result.Result<string, ChallengeUnrepresentable> => {
  if (!algs.every(isAlgorithmName)) {
    return Result.fail(new ChallengeUnrepresentable({ reason: "parameter-value", parameter: "algs" }))
  }
  return Result.map(formatBearerChallenge({ ...options, scheme: "DPoP" }), (challenge) => {
    if (algs.length === 0) return challenge
    return `${challenge}${challenge === "DPoP" ? " " : ", "}algs="${[...new Set(algs)].join(" ")}"`
  })
}
