import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Tracer from "effect/Tracer"
import { checkAgain, type VerifiedToken } from "./claims.ts"
import { configure, type VerifierOptions } from "./configuration.ts"
import { type Machine, readToken, type Remembered, verifyReadable } from "./first-verification.ts"
import {
  type ConfigurationInvalid,
  type KeysUnavailable,
  type RevocationUnavailable,
  type TokenRejection,
  TokenRevoked
} from "./rejections.ts"
import { makeRevocation } from "./revocation.ts"
import { makeSharing } from "./shared-token.ts"
import { makeTokenCache } from "./token-cache.ts"

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

const verifyFirst = (
  text: string,
  machine: Machine,
  { acceptBound = false }: VerifyOptions,
  clock: Clock.Clock
): Effect.Effect<VerifiedToken, TokenRejection | KeysUnavailable> => {
  const read = readToken(text, machine.configuration)
  if (Result.isFailure(read)) return Effect.fail(read.failure)
  const { rules, signedBy } = read.success
  const facts = { acceptBound, nowMillis: () => clock.currentTimeMillisUnsafe() }
  return Effect.flatMap(rules.source.keys(signedBy), (keys) =>
    Effect.flatMap(
      Effect.promise(() => verifyReadable(read.success, machine, keys, facts)),
      Effect.fromResult
    )
  )
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

const verifyWithoutEffect = (text: string, machine: Machine, options: VerifyOptions) => {
  // Whether a port answers at once is known when it has answered.
  if (machine.revocation !== undefined) return undefined
  const now = Date.now()
  const remembered = checkRemembered(text, now, machine, options)
  if (remembered !== undefined) return remembered
  const read = readToken(text, machine.configuration)
  if (Result.isFailure(read)) return Result.fail(read.failure)
  const { rules, signedBy } = read.success
  const keys = rules.source.keysNow(signedBy, now)
  const facts = { acceptBound: options.acceptBound === true, nowMillis: Date.now }
  return keys && verifyReadable(read.success, machine, keys, facts)
}

const NO_OPTIONS: VerifyOptions = {}

/** A verifier with a second way to verify, for callers without Effect. */
export interface PlainVerifier extends Verifier {
  /** The same verdict by the platform's clock, where all that has to be waited for is the signature; `undefined` otherwise. */
  readonly verifyNow: (
    token: string,
    options?: VerifyOptions
  ) => Result.Result<VerifiedToken, TokenRejection> | Promise<Result.Result<VerifiedToken, TokenRejection>> | undefined
}

/** As {@link makeVerifier}, with all that there is. */
export const makePlainVerifier = (options: VerifierOptions): Result.Result<PlainVerifier, ConfigurationInvalid> =>
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
      recall: (token, nowMillis, options = NO_OPTIONS) => recallToken(token, nowMillis, machine, options),
      verifyNow: (token, options = NO_OPTIONS) => verifyWithoutEffect(token, machine, options)
    }
  })

/** Makes a verifier; options that are wrong, or not known, are {@link ConfigurationInvalid} (RFC 8725 section 3). */
export const makeVerifier = (options: VerifierOptions): Result.Result<Verifier, ConfigurationInvalid> =>
  Result.map(makePlainVerifier(options), ({ recall, verify }) => ({ recall, verify }))
