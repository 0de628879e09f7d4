import * as Effect from "effect/Effect"
import { JOSEError } from "jose/errors"
import { flattenedVerify } from "jose/jws/flattened/verify"
import { type Algorithm, defaultAlgorithms } from "./algorithm.ts"
import { type CompactJws, parseCompact } from "./compact.ts"
import { checkSignedBy } from "./header.ts"
import { importKeys, parseKeySet, selectKey, type VerificationKey } from "./key-set.ts"
import {
  type AlgorithmForbidden,
  type KeyUnknown,
  SignatureInvalid,
  type TokenEncrypted,
  type TokenMalformed
} from "./rejections.ts"

/** Verifies the signature of a parsed JWS with a key that was chosen for it. */
export const verifyWithKey = (
  { encoded }: CompactJws,
  { algorithm, key }: Pick<VerificationKey, "algorithm" | "key">
): Effect.Effect<void, SignatureInvalid> =>
  Effect.flatMap(
    Effect.promise(async () => {
      try {
        await flattenedVerify(
          { protected: encoded.header, payload: encoded.payload, signature: encoded.signature },
          key,
          { algorithms: [algorithm] }
        )
        return true
      } catch (error) {
        // jose's error is dropped here: only the verdict travels. Anything else is a bug.
        if (error instanceof JOSEError) return false
        throw error
      }
    }),
    (matches) => (matches ? Effect.void : Effect.fail(new SignatureInvalid()))
  )

/** What a signature alone can be refused for. */
export type SignatureRejection = TokenMalformed | TokenEncrypted | AlgorithmForbidden | KeyUnknown | SignatureInvalid

/**
 * Verifies the signature of a compact JWS and nothing else: no `typ`, no claims, no times, so its answer is no access
 * (RFC 7515 section 5.2). For access tokens use `makeVerifier`.
 */
export const verifySignature = Effect.fn("jwt-verify.verifySignature")(function* (options: {
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
  yield* verifyWithKey(jws, { key: key.key, algorithm: signedBy.algorithm })
  return { header: jws.header, payload: jws.payload }
})
