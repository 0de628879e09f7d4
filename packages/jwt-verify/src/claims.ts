import { parseScope, type ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { type JsonObject, member } from "./json.ts"
import {
  AudienceMismatch,
  ClaimInvalid,
  ClaimMissing,
  LifetimeTooLong,
  TokenBound,
  TokenExpired,
  TokenNotYetValid,
  type TokenRejection
} from "./rejections.ts"

/** An access token that passed every check. */
export interface VerifiedToken {
  readonly issuer: string
  readonly subject: string
  /** Every audience of the token; ours is among them. */
  readonly audience: ReadonlyArray<string>
  readonly clientId: string
  readonly scope: ScopeSet
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** Seconds since 1970. */
  readonly issuedAt: number
  /** `jti`. */
  readonly id: string
  /** All claims as they came. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** What claims are checked against; times in seconds. */
export interface ClaimRules {
  readonly issuer: string
  readonly audience: ReadonlyArray<string>
  readonly singleAudience: boolean
  readonly clockToleranceSeconds: number
  readonly maximumLifetimeSeconds: number
  /** Now, in seconds since 1970. */
  readonly now: number
}

const PROFILE = "RFC 9068 section 2.2"
const SCOPE_REQUIRED = "MCP authorization security document section 3"

const present = (claims: JsonObject, claim: string, spec = PROFILE): Result.Result<unknown, ClaimMissing> => {
  const value = member(claims, claim)
  return value === undefined ? Result.fail(new ClaimMissing({ claim, spec })) : Result.succeed(value)
}

// Identifiers end up in logs and look-ups: never empty, never with control characters, and never trimmed.
const identifier = /^[^\p{Cc}]{1,1024}$/u

const text = (claims: JsonObject, claim: string): Result.Result<string, ClaimMissing | ClaimInvalid> =>
  Result.flatMap(present(claims, claim), (value) =>
    typeof value === "string" && identifier.test(value)
      ? Result.succeed(value)
      : Result.fail(new ClaimInvalid({ claim }))
  )

const time = (claims: JsonObject, claim: string): Result.Result<number, ClaimMissing | ClaimInvalid> =>
  Result.flatMap(present(claims, claim), (value) =>
    typeof value === "number" && Number.isFinite(value) && value >= 0
      ? Result.succeed(value)
      : Result.fail(new ClaimInvalid({ claim }))
  )

/** Checks `aud`: a string or an array of strings that holds one of ours (RFC 7519 section 4.1.3, RFC 9068 section 4). */
export const checkAudience = (
  claims: JsonObject,
  { audience: expected, singleAudience }: Pick<ClaimRules, "audience" | "singleAudience">
): Result.Result<ReadonlyArray<string>, AudienceMismatch> => {
  const refuse = (reason: AudienceMismatch["reason"]) => Result.fail(new AudienceMismatch({ expected, reason }))
  const value = member(claims, "aud")
  if (value === undefined) return refuse("absent")
  const audience: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  if (!audience.every((entry) => typeof entry === "string")) return refuse("shape")
  if (!audience.some((entry) => expected.includes(entry))) return refuse("other")
  if (singleAudience && audience.length > 1) return refuse("several")
  return Result.succeed(audience)
}

/** Checks `exp`, `nbf` and `iat` against a clock with a tolerance, and the lifetime that they span. */
export const checkTimes = (
  claims: JsonObject,
  rules: Pick<ClaimRules, "now" | "clockToleranceSeconds" | "maximumLifetimeSeconds">
): Result.Result<
  { readonly expiresAt: number; readonly issuedAt: number },
  ClaimMissing | ClaimInvalid | TokenExpired | TokenNotYetValid | LifetimeTooLong
> =>
  Result.gen(function* () {
    const expiresAt = yield* time(claims, "exp")
    const issuedAt = yield* time(claims, "iat")
    const validFrom = member(claims, "nbf") === undefined ? undefined : yield* time(claims, "nbf")
    if (expiresAt + rules.clockToleranceSeconds <= rules.now) {
      return yield* Result.fail(new TokenExpired({ expiredAt: expiresAt }))
    }
    const latest = rules.now + rules.clockToleranceSeconds
    if (validFrom !== undefined && validFrom > latest) {
      return yield* Result.fail(new TokenNotYetValid({ claim: "nbf", validFrom }))
    }
    if (issuedAt > latest) return yield* Result.fail(new TokenNotYetValid({ claim: "iat", validFrom: issuedAt }))
    if (expiresAt - issuedAt > rules.maximumLifetimeSeconds) {
      return yield* Result.fail(new LifetimeTooLong({ maximumSeconds: rules.maximumLifetimeSeconds }))
    }
    return { expiresAt, issuedAt }
  })

/** Checks `scope`: one string, in the grammar of RFC 6749 section 3.3; a token without it is refused. */
export const checkScope = (claims: JsonObject): Result.Result<ScopeSet, ClaimMissing | ClaimInvalid> =>
  Result.flatMap(present(claims, "scope", SCOPE_REQUIRED), (value) =>
    typeof value === "string"
      ? Result.mapError(parseScope(value), () => new ClaimInvalid({ claim: "scope" }))
      : Result.fail(new ClaimInvalid({ claim: "scope" }))
  )

/** Checks `cnf`: a bound token is worth nothing without a proof, and none is checked here (RFC 7800 section 3.1). */
export const checkUnbound = (claims: JsonObject): Result.Result<void, TokenBound> =>
  member(claims, "cnf") === undefined ? Result.succeed(undefined) : Result.fail(new TokenBound())

/** Checks every claim of an access token whose signature and issuer are already known to be right. */
export const checkClaims = (claims: JsonObject, rules: ClaimRules): Result.Result<VerifiedToken, TokenRejection> =>
  Result.gen(function* () {
    const audience = yield* checkAudience(claims, rules)
    const { expiresAt, issuedAt } = yield* checkTimes(claims, rules)
    const subject = yield* text(claims, "sub")
    const clientId = yield* text(claims, "client_id")
    const id = yield* text(claims, "jti")
    const scope = yield* checkScope(claims)
    yield* checkUnbound(claims)
    return { issuer: rules.issuer, subject, audience, clientId, scope, expiresAt, issuedAt, id, claims }
  })
