import { type JsonObject, member, parseJsonObject } from "@postern/metadata"
import * as Result from "effect/Result"
import { checkClaims, type VerifiedToken } from "./claims.ts"
import { type CompactJws, parseCompact } from "./compact.ts"
import { type Configuration, findIssuer } from "./configuration.ts"
import { checkSignedBy, checkType, type SignedBy } from "./header.ts"
import type { IssuerRules } from "./issuer-rules.ts"
import { selectKey, type VerificationKey } from "./key-set.ts"
import {
  AlgorithmForbidden,
  ClaimMissing,
  IssuerMismatch,
  SignatureInvalid,
  TokenMalformed,
  type TokenRejection
} from "./rejections.ts"
import type { Revocation } from "./revocation.ts"
import { isSignedWith } from "./signature.ts"
import type { TokenCache } from "./token-cache.ts"

/** A token that was verified, and by what. */
export interface Remembered {
  readonly token: VerifiedToken
  readonly expiresAt: number
  readonly key: VerificationKey
  readonly rules: IssuerRules
}

/** What a verifier is made of. */
export interface Machine {
  readonly configuration: Configuration
  readonly cache: TokenCache<Remembered> | undefined
  readonly share: (text: string, token: VerifiedToken) => VerifiedToken
  readonly revocation: Revocation | undefined
}

/** A token that can be read, not verified yet. */
export interface Readable {
  readonly jws: CompactJws
  readonly signedBy: SignedBy
  readonly claims: JsonObject
  readonly rules: IssuerRules
}

/** Everything that costs no cryptography: form, header, and whose token it says that it is. */
export const readToken = (token: string, configuration: Configuration): Result.Result<Readable, TokenRejection> => {
  const parsed = parseCompact(token)
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  const jws = parsed.success
  const signedBy = checkSignedBy(jws.header, configuration)
  if (Result.isFailure(signedBy)) return Result.fail(signedBy.failure)
  const claims = Result.getOrUndefined(parseJsonObject(jws.payload))
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

/**
 * Verifies a token with the keys of its issuer. A first verification is mostly one signature: what stands around it is plain
 * functions, and what waits for it a plain promise, since an Effect that waits costs a tenth of it. Time is in milliseconds.
 */
export const verifyReadable = async (
  readable: Readable,
  machine: Machine,
  keys: ReadonlyArray<VerificationKey>,
  facts: { readonly acceptBound: boolean; readonly nowMillis: () => number }
): Promise<Result.Result<VerifiedToken, TokenRejection>> => {
  const selected = selectKey(keys, readable.signedBy)
  if (Result.isFailure(selected)) return Result.fail(selected.failure)
  const key = selected.success
  if (!(await isSignedWith(readable.jws, key))) return Result.fail(new SignatureInvalid())
  // The clock once more: keys may have been waited for.
  return accept(readable, machine, { acceptBound: facts.acceptBound, key, now: facts.nowMillis() / 1000 })
}
