import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Tracer from "effect/Tracer"
import { checkAgain, checkClaims, type VerifiedToken } from "./claims.ts"
import { type CompactJws, parseCompact } from "./compact.ts"
import { type Configuration, configure, findIssuer, type VerifierOptions } from "./configuration.ts"
import { checkSignedBy, checkType, type SignedBy } from "./header.ts"
import type { IssuerRules } from "./issuer-rules.ts"
import { type JsonObject, member, parseObject } from "./json.ts"
import { selectKey, type VerificationKey } from "./key-set.ts"
import {
  AlgorithmForbidden,
  ClaimMissing,
  type ConfigurationInvalid,
  IssuerMismatch,
  type KeysUnavailable,
  type RevocationUnavailable,
  SignatureInvalid,
  TokenMalformed,
  type TokenRejection,
  TokenRevoked
} from "./rejections.ts"
import { makeRevocation, type Revocation } from "./revocation.ts"
import { makeSharing } from "./shared-token.ts"
import { isSignedWith } from "./signature.ts"
import { makeTokenCache, type TokenCache } from "./token-cache.ts"

/** How one token is verified. */
export interface VerifyOptions {
  /**
   * Accepts a token that is bound to a key by `cnf.jkt` (RFC 9449 section 6): the caller has checked, or will check, a
   * proof of that key against `keyThumbprint`.
   */
  readonly acceptBound?: boolean
}

/** Checks access tokens: RFC 9068 section 4 and RFC 8725. */
export interface Verifier {
  /** The token as it came in the request, checked in full; the clock is Effect's. */
  readonly verify: (
    token: string,
    options?: VerifyOptions
  ) => Effect.Effect<VerifiedToken, TokenRejection | KeysUnavailable | RevocationUnavailable>
  /**
   * The same verdict without waiting, for a token that is remembered and when nothing has to be fetched or asked;
   * `undefined` otherwise: then `verify` says. The clock is the caller's, in milliseconds since 1970.
   */
  readonly recall: (
    token: string,
    nowMillis: number,
    options?: VerifyOptions
  ) => Result.Result<VerifiedToken, TokenRejection> | undefined
}

/** A token that was verified, and by what. */
interface Remembered {
  readonly token: VerifiedToken
  readonly expiresAt: number
  readonly key: VerificationKey
  readonly rules: IssuerRules
}

interface Machine {
  readonly configuration: Configuration
  readonly cache: TokenCache<Remembered> | undefined
  readonly share: (text: string, token: VerifiedToken) => VerifiedToken
  readonly revocation: Revocation | undefined
}

interface Readable {
  readonly jws: CompactJws
  readonly signedBy: SignedBy
  readonly claims: JsonObject
  readonly rules: IssuerRules
}

// Everything that costs no cryptography: form, header, and whose token it says that it is.
const read = (token: string, configuration: Configuration): Result.Result<Readable, TokenRejection> => {
  const parsed = parseCompact(token)
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  const jws = parsed.success
  const signedBy = checkSignedBy(jws.header, configuration)
  if (Result.isFailure(signedBy)) return Result.fail(signedBy.failure)
  const claims = parseObject(jws.payload)
  if (claims === undefined) return Result.fail(new TokenMalformed({ part: "claims", reason: "json" }))
  if (member(claims, "iss") === undefined) {
    return Result.fail(new ClaimMissing({ claim: "iss", spec: "RFC 9068 section 2.2" }))
  }
  // RFC 8725 section 3.8: keys and rules are those of this issuer and of no other.
  const rules = findIssuer(configuration, claims)
  if (rules === undefined) return Result.fail(new IssuerMismatch({ expected: [...configuration.issuers.keys()] }))
  if (!rules.algorithms.includes(signedBy.success.algorithm)) {
    return Result.fail(new AlgorithmForbidden({ allowed: rules.algorithms }))
  }
  return Result.map(checkType(jws.header, rules.claims.dialect), () => ({
    jws,
    signedBy: signedBy.success,
    claims,
    rules
  }))
}

/**
 * The verdict on a token that was verified before, but for revocation: everything that can have changed since is checked
 * again. `undefined` for any other token, and for one that has to be verified again.
 */
const checkRemembered = (
  text: string,
  nowMillis: number,
  { cache }: Machine,
  options: VerifyOptions
): Result.Result<VerifiedToken, TokenRejection> | undefined => {
  const now = nowMillis / 1000
  const found = cache?.find(text, now)
  if (found === undefined) return undefined
  const { key, rules, token } = found
  // The key has left the set, or the set is too old to say.
  if (!rules.source.holds(key, nowMillis)) return undefined
  // Its proof was checked once, for another request.
  if (token.keyThumbprint !== undefined && options.acceptBound !== true) return undefined
  const { clients, clockToleranceSeconds } = rules.claims
  const problem = checkAgain(token, { clients, clockToleranceSeconds, now })
  return problem === undefined ? Result.succeed(token) : Result.fail(problem)
}

const decoder = new TextDecoder()

// The claims of a token whose signature is right, and what is remembered of it.
const accept = (
  { claims, jws, rules }: Readable,
  { cache, share }: Machine,
  facts: { readonly acceptBound: boolean; readonly key: VerificationKey; readonly now: number }
): Result.Result<VerifiedToken, TokenRejection> => {
  const { acceptBound, key, now } = facts
  const checked = checkClaims(claims, { ...rules.claims, acceptBound, now })
  if (Result.isFailure(checked)) return checked
  // A text by itself: one that was cut out of a header keeps all of that header alive.
  const text = decoder.decode(jws.bytes)
  const token = share(text, checked.success)
  // Nothing enters before this line: the store is out of reach for who cannot make a token.
  cache?.add(text, { token, expiresAt: token.expiresAt, key, rules }, now)
  return Result.succeed(token)
}

// A first verification is mostly one signature; what stands around it is plain functions, which cost next to nothing.
const verifyFirst = (
  text: string,
  machine: Machine,
  { acceptBound = false }: VerifyOptions,
  clock: Clock.Clock
): Effect.Effect<VerifiedToken, TokenRejection | KeysUnavailable> => {
  const readable = read(text, machine.configuration)
  if (Result.isFailure(readable)) return Effect.fail(readable.failure)
  const { jws, rules, signedBy } = readable.success
  return Effect.flatMap(rules.source.keys(signedBy), (keys) => {
    const selected = selectKey(keys, signedBy)
    if (Result.isFailure(selected)) return Effect.fail(selected.failure)
    const key = selected.success
    return Effect.flatMap(isSignedWith(jws, key), (isSigned) => {
      if (!isSigned) return Effect.fail(new SignatureInvalid())
      // The clock once more: keys may have been waited for.
      const now = clock.currentTimeMillisUnsafe() / 1000
      return Effect.fromResult(accept(readable.success, machine, { acceptBound, key, now }))
    })
  })
}

const verifyToken = (text: string, machine: Machine, options: VerifyOptions) =>
  Clock.clockWith((clock) => {
    const remembered = checkRemembered(text, clock.currentTimeMillisUnsafe(), machine, options)
    const verified = remembered ? Effect.fromResult(remembered) : verifyFirst(text, machine, options, clock)
    const { revocation } = machine
    return revocation ? Effect.tap(verified, (token) => revocation.check(token)) : verified
  })

// A span costs a tenth of a signature, so that one is made only for a tracer that somebody has put there: Effect's own
// keeps nothing.
const keepsNothing = /*#__PURE__*/ Context.get(Context.empty(), Tracer.Tracer)
const verifyTraced = /*#__PURE__*/ Effect.fn("jwt-verify.verify")(verifyToken)

const recallToken = (text: string, nowMillis: number, machine: Machine, options: VerifyOptions) => {
  const remembered = checkRemembered(text, nowMillis, machine, options)
  if (remembered === undefined || Result.isFailure(remembered)) return remembered
  if (machine.revocation === undefined) return remembered
  const revoked = machine.revocation.answersNow(remembered.success)
  if (revoked === undefined) return undefined
  return revoked ? Result.fail(new TokenRevoked()) : remembered
}

const NO_OPTIONS: VerifyOptions = {}

/** Makes a verifier; options that are wrong, or not known, are {@link ConfigurationInvalid} (RFC 8725 section 3). */
export const makeVerifier = (options: VerifierOptions): Result.Result<Verifier, ConfigurationInvalid> =>
  Result.map(configure(options), (configuration) => {
    const { revoked, tokenCache } = configuration
    const machine: Machine = {
      configuration,
      cache: tokenCache && makeTokenCache<Remembered>(tokenCache),
      share: makeSharing(),
      revocation: revoked && makeRevocation(revoked)
    }
    return {
      verify: (token, options = NO_OPTIONS) =>
        Effect.flatMap(Effect.tracer, (tracer) =>
          (tracer === keepsNothing ? verifyToken : verifyTraced)(token, machine, options)
        ),
      recall: (token, nowMillis, options = NO_OPTIONS) => recallToken(token, nowMillis, machine, options)
    }
  })
