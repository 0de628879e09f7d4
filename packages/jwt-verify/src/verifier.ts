import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { checkClaims, type VerifiedToken } from "./claims.ts"
import { parseCompact } from "./compact.ts"
import { type Configuration, configure, findIssuer, type VerifierOptions } from "./configuration.ts"
import { checkSignedBy, checkType } from "./header.ts"
import { member, parseObject } from "./json.ts"
import { selectKey } from "./key-set.ts"
import {
  ClaimMissing,
  type ConfigurationInvalid,
  IssuerMismatch,
  type KeysUnavailable,
  TokenMalformed,
  type TokenRejection
} from "./rejections.ts"
import { verifyWithKey } from "./signature.ts"

/** Checks access tokens: RFC 9068 section 4 and RFC 8725. */
export interface Verifier {
  /** The token as it came in the request, checked in full; the clock is Effect's. */
  readonly verify: (token: string) => Effect.Effect<VerifiedToken, TokenRejection | KeysUnavailable>
}

// Everything that costs no cryptography: form, header, and whose token it says that it is.
const read = (token: string, configuration: Configuration) =>
  Result.gen(function* () {
    const jws = yield* parseCompact(token)
    const signedBy = yield* checkSignedBy(jws.header, configuration)
    yield* checkType(jws.header)
    const claims = parseObject(jws.payload)
    if (claims === undefined) return yield* Result.fail(new TokenMalformed({ part: "claims", reason: "json" }))
    if (member(claims, "iss") === undefined) {
      return yield* Result.fail(new ClaimMissing({ claim: "iss", spec: "RFC 9068 section 2.2" }))
    }
    // RFC 8725 section 3.8: the keys are those of this issuer and of no other.
    const found = findIssuer(configuration, claims)
    if (found === undefined)
      return yield* Result.fail(new IssuerMismatch({ expected: [...configuration.issuers.keys()] }))
    const [issuer, source] = found
    return { jws, signedBy, claims, issuer, source }
  })

const verifyToken = (token: string, configuration: Configuration) =>
  Effect.gen(function* () {
    const { claims, issuer, jws, signedBy, source } = yield* Effect.fromResult(read(token, configuration))
    const { key } = yield* Effect.fromResult(selectKey(yield* source.keys(signedBy), signedBy))
    yield* verifyWithKey(jws, { key, algorithm: signedBy.algorithm })
    const now = (yield* Clock.currentTimeMillis) / 1000
    return yield* Effect.fromResult(checkClaims(claims, { ...configuration.rules, issuer, now }))
  })

/** Makes a verifier; options that are wrong, or not known, are {@link ConfigurationInvalid} (RFC 8725 section 3). */
export const makeVerifier = (options: VerifierOptions): Result.Result<Verifier, ConfigurationInvalid> =>
  Result.map(configure(options), (configuration) => ({
    verify: Effect.fn("jwt-verify.verify")((token: string) => verifyToken(token, configuration))
  }))
