import { type JsonObject, member } from "@postern/metadata"
import * as Result from "effect/Result"
import { ASSERTION_AHEAD_SECONDS, ASSERTION_TOLERANCE_SECONDS } from "../limits.ts"
import { ClientAuthenticationFailed } from "../rejections.ts"

/** What has to be remembered of an assertion. */
export interface Identified {
  /** `jti`. */
  readonly id: string
  /** Until when it would be accepted, in whole seconds since 1970. */
  readonly expiresAt: number
}

/** The claims that do not depend on the client (RFC 7523 section 3, draft-ietf-oauth-rfc7523bis). */
export const checkClaims = (
  claims: JsonObject,
  { audiences, now }: { readonly audiences: ReadonlyArray<string>; readonly now: number }
): Result.Result<Identified, ClientAuthenticationFailed> => {
  const fail = (reason: ClientAuthenticationFailed["reason"]) => Result.fail(new ClientAuthenticationFailed({ reason }))
  if (!isForUs(member(claims, "aud"), audiences)) return fail("assertion-audience")
  const expiry = member(claims, "exp")
  if (!isTime(expiry) || expiry + ASSERTION_TOLERANCE_SECONDS <= now) return fail("assertion-time")
  // What lives longer would have to be remembered for longer, and could be used for longer by a thief.
  if (expiry > now + ASSERTION_AHEAD_SECONDS + ASSERTION_TOLERANCE_SECONDS) return fail("assertion-time")
  for (const name of ["iat", "nbf"]) {
    const time = member(claims, name)
    if (time !== undefined && (!isTime(time) || time > now + ASSERTION_TOLERANCE_SECONDS)) return fail("assertion-time")
  }
  const id = member(claims, "jti")
  if (typeof id !== "string" || id === "") return fail("assertion-identifier")
  return Result.succeed({ id, expiresAt: Math.ceil(expiry) + ASSERTION_TOLERANCE_SECONDS })
}

/**
 * The issuer identifier as the sole value: an assertion that is also for somebody else, or for the URL of an endpoint, could be
 * one that an attacker's server had the client make (draft-ietf-oauth-rfc7523bis, audience injection).
 */
const isForUs = (audience: unknown, audiences: ReadonlyArray<string>): boolean =>
  audiences.some(
    (ours) => audience === ours || (Array.isArray(audience) && audience.length === 1 && audience[0] === ours)
  )

const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value)
