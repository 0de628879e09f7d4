import * as Effect from "effect/Effect"
import { compactVerify, importJWK } from "jose"
import { type Assertion } from "./parse.ts"

const verify = async (jwk: Readonly<Record<string, string>>, { algorithm, text }: Assertion): Promise<boolean> => {
  const key = await importJWK({ ...jwk }, algorithm)
  await compactVerify(text, key, { algorithms: [algorithm] })
  return true
}

/**
 * Whether the signature is this key's (RFC 7515 section 5.2). The library's error is dropped: a point off the curve, an RSA key
 * of less than 2048 bits (RFC 7518 section 3.3) and a signature that is wrong are the same answer.
 */
export const isSignedBy = (jwk: Readonly<Record<string, string>>, assertion: Assertion): Effect.Effect<boolean> =>
  Effect.promise(() => verify(jwk, assertion).catch(() => false))
