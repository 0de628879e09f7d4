import {
  ClaimInvalid,
  IssuerMismatch,
  type KeysUnavailable,
  makeRevocation,
  type RevocationUnavailable,
  type Revoked,
  TokenBound,
  TokenExpired,
  type TokenRejection,
  TokenRevoked,
  type VerifiedToken,
  type VerifyOptions
} from "@postern/jwt-verify"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { IntrospectionUnavailable, TokenInactive } from "./rejections.ts"

/** Why a token is not good, or could not be judged. */
export type TokenRefusal =
  | TokenRejection
  | TokenInactive
  | KeysUnavailable
  | RevocationUnavailable
  | IntrospectionUnavailable

/** What judges tokens; a `Verifier` of `@postern/jwt-verify` is one. */
export interface TokenVerifier {
  /** The token as it came in the request, checked in full; the clock is Effect's. */
  readonly verify: (token: string, options?: VerifyOptions) => Effect.Effect<VerifiedToken, TokenRefusal>
  /** The same verdict without waiting; `undefined`: ask `verify`. */
  readonly recall?: (
    token: string,
    nowMillis: number,
    options?: VerifyOptions
  ) => Result.Result<VerifiedToken, TokenRefusal> | undefined
}

// RFC 7515 section 7.1: a JWT has three parts, an encrypted one five. What has neither is a text that only its issuer reads.
const isJwt = (token: string): boolean => {
  const dots = token.split(".", 6).length - 1
  return dots === 2 || dots === 4
}

/** JWTs go to one verifier and all other tokens to another. */
export const byForm = (jwts: TokenVerifier, opaque: TokenVerifier): TokenVerifier => ({
  verify: (token, options) => (isJwt(token) ? jwts : opaque).verify(token, options),
  recall: (token, nowMillis, options) => (isJwt(token) ? jwts : opaque).recall?.(token, nowMillis, options)
})

/** The same verifier behind a port that knows what was revoked: asked on every request. */
export const withRevocation = ({ recall, verify }: TokenVerifier, revoked: Revoked): TokenVerifier => {
  const { answersNow, check } = makeRevocation(revoked)
  return {
    verify: (token, options) => Effect.tap(verify(token, options), check),
    recall: (token, nowMillis, options) => {
      const known = recall?.(token, nowMillis, options)
      if (known === undefined || Result.isFailure(known)) return known
      const isRevoked = answersNow(known.success)
      if (isRevoked === undefined) return undefined
      return isRevoked ? Result.fail(new TokenRevoked()) : known
    }
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""
const isTime = (value: unknown): boolean => Number.isFinite(value)
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null
const isListOf = (value: unknown, is: (member: unknown) => boolean): boolean => Array.isArray(value) && value.every(is)

const optional =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || is(value)

const SHAPE: Readonly<Record<keyof VerifiedToken, (value: unknown) => boolean>> = {
  issuer: isText,
  subject: isText,
  clientId: isText,
  audience: (value) => isListOf(value, isText),
  scope: (value) => value instanceof Set && [...value].every(isText),
  expiresAt: isTime,
  issuedAt: optional(isTime),
  notBefore: optional(isTime),
  id: optional(isText),
  actors: (value) => isListOf(value, (actor) => isObject(actor) && isText(actor["subject"])),
  keyThumbprint: optional(isText),
  claims: isObject
}
const CHECKS = Object.entries(SHAPE)

// The longest tolerance of a verifier's own clock.
const TOLERANCE_SECONDS = 60

const checkToken = (
  token: unknown,
  issuers: ReadonlyArray<string>,
  nowMillis: number,
  options: VerifyOptions
): Result.Result<void, ClaimInvalid | IssuerMismatch | TokenExpired | TokenBound> => {
  if (!isObject(token)) return Result.fail(new ClaimInvalid({ claim: "token" }))
  for (const [claim, is] of CHECKS) if (!is(token[claim])) return Result.fail(new ClaimInvalid({ claim }))
  // The document names the authorization servers of this resource: of another one no client can have got a token for it.
  if (!issuers.some((issuer) => issuer === token["issuer"]))
    return Result.fail(new IssuerMismatch({ expected: issuers }))
  // Whoever asks for a token without a proof gets none that is worth nothing without one (RFC 9449 section 7.2).
  if (token["keyThumbprint"] !== undefined && options.acceptBound !== true) return Result.fail(new TokenBound())
  const expiredAt = Number(token["expiresAt"])
  return expiredAt + TOLERANCE_SECONDS > nowMillis / 1000
    ? Result.succeed(undefined)
    : Result.fail(new TokenExpired({ expiredAt }))
}

const checked = (
  token: VerifiedToken,
  issuers: ReadonlyArray<string>,
  nowMillis: number,
  options: VerifyOptions = {}
): Result.Result<VerifiedToken, TokenRefusal> => Result.map(checkToken(token, issuers, nowMillis, options), () => token)

/**
 * A verifier that somebody else wrote: what it calls a token is one only if it has the facts of one, is from one of these
 * issuers and has not expired (RFC 9068 section 4). The rest of the guard reads those facts and never asks whether they are
 * there.
 */
export const withoutTrust = ({ recall, verify }: TokenVerifier, issuers: ReadonlyArray<string>): TokenVerifier => ({
  verify: (token, options) =>
    Effect.gen(function* () {
      const verified = yield* verify(token, options)
      return yield* Effect.fromResult(checked(verified, issuers, yield* Clock.currentTimeMillis, options))
    }),
  ...(recall && {
    recall: (token, nowMillis, options) => {
      const known = recall(token, nowMillis, options)
      return known && Result.flatMap(known, (verified) => checked(verified, issuers, nowMillis, options))
    }
  })
})
