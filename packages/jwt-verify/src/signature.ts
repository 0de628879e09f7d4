import { isSignature } from "@postern/bytes"
import * as Effect from "effect/Effect"
import { type Algorithm, defaultAlgorithms } from "./algorithm.ts"
import { type CompactJws, parseCompact } from "./compact.ts"
import { checkSignedBy } from "./header.ts"
import { importKeys, parseKeySet, selectKey, type VerificationKey } from "./key-set.ts"
import type { KeySource } from "./key-source.ts"
import {
  type AlgorithmForbidden,
  type KeysUnavailable,
  type KeyUnknown,
  SignatureInvalid,
  type TokenEncrypted,
  type TokenMalformed
} from "./rejections.ts"
import type { UnverifiedJwt } from "./unverified-jwt.ts"

/**
 * Whether the signature of a JWS is that of a key that was chosen for it. The algorithm is the key's own: what the header
 * says has chosen the key and decides nothing any more.
 */
export const isSignedWith = (
  { signature, signingInput }: CompactJws,
  { algorithm, key }: VerificationKey
): Promise<boolean> => isSignature(algorithm, key, signature, signingInput)

/**
 * Verifies the signature of a JWT that was read by `parseJwt`, with the one key that fits it (RFC 7515 section 5.2). Only after
 * this do its claims say anything; to check them is the caller's.
 */
export const checkSignature = /*#__PURE__*/ Effect.fn("jwt-verify.checkSignature")(function* (
  jwt: UnverifiedJwt,
  source: KeySource
): Effect.fn.Return<void, KeyUnknown | SignatureInvalid | KeysUnavailable> {
  const keys = yield* source.keys(jwt)
  const key = yield* Effect.fromResult(selectKey(keys, jwt))
  if (!(yield* Effect.promise(() => isSignedWith(jwt.jws, key)))) return yield* new SignatureInvalid()
})

/** What a signature alone can be refused for. */
export type SignatureRejection = TokenMalformed | TokenEncrypted | AlgorithmForbidden | KeyUnknown | SignatureInvalid

/**
 * Verifies the signature of a compact JWS and nothing else: no `typ`, no claims, no times, so its answer is no access
 * (RFC 7515 section 5.2). For access tokens use `makeVerifier`.
 */
export const verifySignature = /*#__PURE__*/ Effect.fn("jwt-verify.verifySignature")(function* (options: {
  readonly token: string
  readonly jwks: unknown
  readonly algorithms?: ReadonlyArray<Algorithm>
}): Effect.fn.Return<
  { readonly header: Readonly<Record<string, unknown>>; readonly payload: Uint8Array },
  SignatureRejection
> {
  const algorithms = options.algorithms ?? defaultAlgorithms
  const jws = yield* Effect.fromResult(parseCompact(options.token))
  const signedBy = yield* Effect.fromResult(checkSignedBy(jws.header, { algorithms }))
  const keys = yield* importKeys(parseKeySet(options.jwks, { algorithms }) ?? [])
  const key = yield* Effect.fromResult(selectKey(keys, signedBy))
  if (!(yield* Effect.promise(() => isSignedWith(jws, key)))) return yield* new SignatureInvalid()
  return { header: jws.header, payload: jws.payload }
})
