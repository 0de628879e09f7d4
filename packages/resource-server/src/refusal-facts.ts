import type { Refusal } from "./rejections.ts"

/** What a refusal says beside its name: names and words of closed sets, never a value. What a token says is not repeated. */
export interface RefusalFacts {
  readonly claim: string | undefined
  readonly reason: string | undefined
  /** Of the configuration, where an authorization server or its keys could not be had. */
  readonly issuer: string | undefined
}

// The claim of those that are about one alone and have no member that names it.
const CLAIMS: Readonly<Partial<Record<Refusal["_tag"], string>>> = {
  IssuerMismatch: "iss",
  AudienceMismatch: "aud",
  TokenExpired: "exp",
  LifetimeTooLong: "exp",
  TokenBound: "cnf"
}

/** What a log and a span tell of a refusal. */
export const refusalFacts = (refusal: Refusal): RefusalFacts => ({
  claim: "claim" in refusal ? refusal.claim : CLAIMS[refusal._tag],
  reason: "reason" in refusal ? refusal.reason : undefined,
  issuer: "issuer" in refusal ? refusal.issuer : undefined
})
