import * as Effect from "effect/Effect"
import { cryptoParameters, type SignatureAlgorithm } from "./signature-algorithm.ts"

/** Whether the signature over the data is that of the key (RFC 7515 section 5.2). */
export const verifySignature = (...values: Parameters<typeof isSignature>): Effect.Effect<boolean> =>
  Effect.promise(() => isSignature(...values))

/**
 * The same as a promise of the platform's. An Effect that waits costs a tenth of a verification in Node, and whoever verifies
 * much and has nothing to interrupt does without.
 */
export const isSignature = (
  algorithm: SignatureAlgorithm,
  key: CryptoKey,
  signature: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>
): Promise<boolean> =>
  crypto.subtle.verify(cryptoParameters(algorithm), key, signature, data).catch((error: unknown) => {
    // Some platforms reject for a signature of another length instead of answering. Anything else is a bug.
    if (error instanceof DOMException) return false
    throw error
  })
