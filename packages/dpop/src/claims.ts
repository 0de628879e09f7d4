import { type JsonObject, member } from "@postern/metadata"
import * as Result from "effect/Result"
import { type ProofFlaw, ProofInvalid } from "./rejections.ts"
import { proofTarget, requestTarget } from "./target.ts"

/** What a proof is made for; times in seconds. */
export interface ClaimRules {
  readonly method: string
  readonly url: string
  readonly toleranceSeconds: number
  /** Now, in seconds since 1970. */
  readonly now: number
}

/** The claims that were checked, and those that are still to be compared with something. */
export interface ProofClaims {
  readonly id: string
  readonly issuedAt: number
  /** `ath`, whatever it holds. */
  readonly tokenHash: unknown
  /** `nonce`, whatever it holds. */
  readonly nonce: unknown
}

// Ends up in logs and look-ups: never empty, bounded, without control characters.
const IDENTIFIER = /^[^\p{Cc}]{1,256}$/u

/** Checks what a proof says about itself and the request (RFC 9449 section 4.3, checks 3, 8, 9 and 11). */
export const checkClaims = (claims: JsonObject, rules: ClaimRules): Result.Result<ProofClaims, ProofInvalid> => {
  const refuse = (reason: ProofFlaw) => Result.fail(new ProofInvalid({ reason }))
  const [method, url, issuedAt, id] = ["htm", "htu", "iat", "jti"].map((name) => member(claims, name))
  if (typeof id !== "string" || !IDENTIFIER.test(id)) return refuse("claim")
  if (typeof method !== "string" || typeof url !== "string" || typeof issuedAt !== "number") return refuse("claim")
  if (method !== rules.method) return refuse("method")
  const target = proofTarget(url)
  if (target === undefined || target !== requestTarget(rules.url)) return refuse("url")
  if (Math.abs(rules.now - issuedAt) > rules.toleranceSeconds) return refuse("time")
  return Result.succeed({ id, issuedAt, tokenHash: member(claims, "ath"), nonce: member(claims, "nonce") })
}
