import { isJsonObject, type JsonObject, member } from "@postern/metadata"
import type { ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { type Actor, readActors } from "./actor.ts"
import { type AudienceRules, checkAudience } from "./audience.ts"
import type { Dialect } from "./dialect.ts"
import {
  ClaimInvalid,
  ClaimMissing,
  ClientForbidden,
  LifetimeTooLong,
  TokenBound,
  TokenExpired,
  TokenNotYetValid,
  type TokenRejection
} from "./rejections.ts"
import { readScope } from "./token-scope.ts"

export type { Actor } from "./actor.ts"

/** An access token that passed every check; times in seconds since 1970. */
export interface VerifiedToken {
  readonly issuer: string
  readonly subject: string
  /** Every audience of the token; ours is among them. */
  readonly audience: ReadonlyArray<string>
  readonly clientId: string
  readonly scope: ScopeSet
  readonly expiresAt: number
  readonly issuedAt: number | undefined
  readonly notBefore: number | undefined
  /** `jti`, or what the provider has instead. */
  readonly id: string | undefined
  /** Who acts for the subject, the one who acts now first (RFC 8693 section 4.1). */
  readonly actors: ReadonlyArray<Actor>
  /** `cnf.jkt`: the key whose proof has to come with the token (RFC 9449 section 6). */
  readonly keyThumbprint: string | undefined
  /** All claims as they came. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Which clients are let in: a list of identifiers, compared exactly, or a function that says so. */
export type ClientRule = ReadonlyArray<string> | ((token: VerifiedToken) => boolean)

/** What a token has to say at any time. */
export interface FactRules extends AudienceRules {
  readonly issuer: string
  /** Whether the caller checks the proof of a bound token; without, such a token is refused. */
  readonly acceptBound: boolean
}

/** What claims are checked against; times in seconds. */
export interface ClaimRules extends FactRules {
  readonly clients: ClientRule | undefined
  readonly clockToleranceSeconds: number
  readonly maximumLifetimeSeconds: number
  /** Now, in seconds since 1970. */
  readonly now: number
}

const PROFILE = "RFC 9068 section 2.2"

// Identifiers end up in logs and look-ups: never empty, never with control characters, and never trimmed.
const IDENTIFIER = /^[^\p{Cc}]{1,1024}$/u
const isIdentifier = (value: unknown): value is string => typeof value === "string" && IDENTIFIER.test(value)

const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0

/** The first of the claims that the token has; a rejection when that is no identifier. */
const readText = (claims: JsonObject, names: ReadonlyArray<string>): string | undefined | ClaimInvalid => {
  for (const claim of names) {
    const value = member(claims, claim)
    if (value !== undefined) return isIdentifier(value) ? value : new ClaimInvalid({ claim })
  }
  return undefined
}

/** As {@link readText}, for what every token has; `name` is what RFC 9068 calls it. */
const requireText = (
  claims: JsonObject,
  names: ReadonlyArray<string>,
  name: string
): string | ClaimMissing | ClaimInvalid =>
  readText(claims, names) ?? new ClaimMissing({ claim: names[0] ?? name, spec: PROFILE })

const readTime = (claims: JsonObject, claim: string): number | undefined | ClaimInvalid => {
  const value = member(claims, claim)
  return value === undefined || isTime(value) ? value : new ClaimInvalid({ claim })
}

/** Whether the claims say that this is a token of the kind that the dialect describes, and not an ID token, say. */
const checkKind = (claims: JsonObject, { absent, fixed }: Dialect): ClaimMissing | ClaimInvalid | undefined => {
  for (const claim in fixed) {
    const value = member(claims, claim)
    if (value === undefined) return new ClaimMissing({ claim, spec: PROFILE })
    if (typeof value !== "string" || fixed[claim]?.includes(value) !== true) return new ClaimInvalid({ claim })
  }
  for (const claim of absent) if (Object.hasOwn(claims, claim)) return new ClaimInvalid({ claim })
  return undefined
}

// RFC 9449 section 6.1: a SHA-256 in base64url.
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * `cnf` (RFC 7800 section 3.1): the thumbprint of the key that the token is bound to. A bound token is worth nothing
 * without a proof, and of a binding other than to that one key nobody here can check one.
 */
const readThumbprint = (claims: JsonObject, acceptBound: boolean): string | undefined | TokenBound => {
  const confirmation = member(claims, "cnf")
  if (confirmation === undefined) return undefined
  if (!acceptBound || !isJsonObject(confirmation) || Object.keys(confirmation).length !== 1) return new TokenBound()
  const thumbprint = member(confirmation, "jkt")
  return typeof thumbprint === "string" && THUMBPRINT.test(thumbprint) ? thumbprint : new TokenBound()
}

const isLetIn = (token: VerifiedToken, clients: ClientRule): boolean => {
  if (typeof clients !== "function") return clients.includes(token.clientId)
  // Nothing but `true`: the promise of a predicate that waits would let everyone in.
  const answer: unknown = clients(token)
  return answer === true
}

/**
 * What is checked again each time a remembered token comes back: `exp`, `nbf` and `iat` against the clock and its
 * tolerance, and the rule about clients. Runs on every request, so it makes nothing unless it refuses.
 */
export const checkAgain = (
  token: VerifiedToken,
  { clients, clockToleranceSeconds, now }: Pick<ClaimRules, "clients" | "clockToleranceSeconds" | "now">
): TokenExpired | TokenNotYetValid | ClientForbidden | undefined => {
  const { expiresAt, issuedAt, notBefore } = token
  if (expiresAt + clockToleranceSeconds <= now) return new TokenExpired({ expiredAt: expiresAt })
  const latest = now + clockToleranceSeconds
  if (notBefore !== undefined && notBefore > latest) return new TokenNotYetValid({ claim: "nbf", validFrom: notBefore })
  if (issuedAt !== undefined && issuedAt > latest) return new TokenNotYetValid({ claim: "iat", validFrom: issuedAt })
  // Last: a predicate of the user's sees only tokens that all else is right about.
  return clients === undefined || isLetIn(token, clients) ? undefined : new ClientForbidden()
}

/**
 * The facts in the claims of an access token, every one in its form and the audience ours (RFC 9068 section 4). That they come
 * from the issuer is for the caller to know; times and the client are for {@link checkAgain}.
 */
export const readFacts = (claims: JsonObject, rules: FactRules): Result.Result<VerifiedToken, TokenRejection> => {
  const { dialect, issuer } = rules
  const otherKind = checkKind(claims, dialect)
  if (otherKind !== undefined) return Result.fail(otherKind)
  const scope = readScope(claims, dialect)
  if ("_tag" in scope) return Result.fail(scope)
  const audience = checkAudience(claims, scope, rules)
  if ("_tag" in audience) return Result.fail(audience)
  const expiresAt = readTime(claims, "exp") ?? new ClaimMissing({ claim: "exp", spec: PROFILE })
  if (typeof expiresAt === "object") return Result.fail(expiresAt)
  const issuedAt = readTime(claims, "iat")
  if (typeof issuedAt === "object") return Result.fail(issuedAt)
  if (issuedAt === undefined && !dialect.mayLack.includes("iat")) return missing("iat")
  const notBefore = readTime(claims, "nbf")
  if (typeof notBefore === "object") return Result.fail(notBefore)
  const subject = requireText(claims, dialect.subject, "sub")
  if (typeof subject === "object") return Result.fail(subject)
  const clientId = requireText(claims, dialect.clientId, "client_id")
  if (typeof clientId === "object") return Result.fail(clientId)
  const id = readText(claims, dialect.id)
  if (typeof id === "object") return Result.fail(id)
  if (id === undefined && !dialect.mayLack.includes("jti")) return missing(dialect.id[0] ?? "jti")
  const actors = readActors(claims, isIdentifier)
  if (actors === undefined) return Result.fail(new ClaimInvalid({ claim: "act" }))
  const keyThumbprint = readThumbprint(claims, rules.acceptBound)
  if (typeof keyThumbprint === "object") return Result.fail(keyThumbprint)
  return Result.succeed({
    issuer,
    subject,
    audience,
    clientId,
    scope,
    expiresAt,
    issuedAt,
    notBefore,
    id,
    actors,
    keyThumbprint,
    claims
  })
}

/** Checks every claim of an access token whose signature and issuer are already known to be right (RFC 9068 section 4). */
export const checkClaims = (claims: JsonObject, rules: ClaimRules): Result.Result<VerifiedToken, TokenRejection> => {
  const facts = readFacts(claims, rules)
  if (Result.isFailure(facts)) return facts
  const { expiresAt, issuedAt = rules.now } = facts.success
  // Without `iat` the life that is left is what can be bounded.
  if (expiresAt - issuedAt > rules.maximumLifetimeSeconds) {
    return Result.fail(new LifetimeTooLong({ maximumSeconds: rules.maximumLifetimeSeconds }))
  }
  const refused = checkAgain(facts.success, rules)
  return refused === undefined ? facts : Result.fail(refused)
}

const missing = (claim: string) => Result.fail(new ClaimMissing({ claim, spec: PROFILE }))
