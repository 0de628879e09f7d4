import { type JsonObject, parseJsonObject } from "@postern/metadata"
import * as Result from "effect/Result"
import type { Algorithm } from "./algorithm.ts"
import { type CompactJws, parseCompact } from "./compact.ts"
import { checkSignedBy, checkType } from "./header.ts"
import { type AlgorithmForbidden, type TokenEncrypted, TokenMalformed, type TypeMismatch } from "./rejections.ts"

/** What a JWT of some kind looks like before anything of it is verified. */
export interface JwtForm {
  /** The only algorithms accepted (RFC 8725 section 3.1). */
  readonly algorithms: ReadonlyArray<Algorithm>
  /** What `typ` may be, in small letters and without `application/`: no JWT passes for one of another kind (RFC 8725 section 3.11). */
  readonly types: ReadonlyArray<string>
  /** Whether there may be no `typ`; there has to be one unless told. */
  readonly typeMayBeAbsent?: boolean
}

/** A JWT as it says of itself: nobody vouches for anything in it. */
export interface UnverifiedJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly algorithm: Algorithm
  readonly kid: string | undefined
  readonly jws: CompactJws
}

/**
 * Reads a JWT of any kind (RFC 7519 section 7.2), so that its claims can say whose keys to verify it with: at most 16384
 * characters, strict in base64url and JSON, an algorithm and a type that are expected, no key and no extension in the header.
 */
export const parseJwt = (
  token: string,
  { algorithms, typeMayBeAbsent = false, types }: JwtForm
): Result.Result<UnverifiedJwt, TokenMalformed | TokenEncrypted | AlgorithmForbidden | TypeMismatch> =>
  Result.gen(function* () {
    const jws = yield* parseCompact(token)
    const { header } = jws
    const { algorithm, kid } = yield* checkSignedBy(header, { algorithms })
    yield* checkType(header, { types, typeMayBeAbsent })
    const claims = Result.getOrUndefined(parseJsonObject(jws.payload))
    if (claims === undefined) return yield* Result.fail(new TokenMalformed({ part: "claims", reason: "json" }))
    return { header, claims, algorithm, kid, jws }
  })
