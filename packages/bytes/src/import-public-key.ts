import * as Effect from "effect/Effect"
import { cryptoParameters, type SignatureAlgorithm } from "./signature-algorithm.ts"

/** What is used of WebCrypto to import a key. */
export type Importing = Pick<SubtleCrypto, "importKey" | "verify">

type Jwk = Readonly<Record<string, string>>

/** (0, 0) lies on no curve. */
const NO_KEY: Jwk = { kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43) }
const NOTHING = new Uint8Array()

/**
 * Some platforms (Deno) import what is no key and find that out when they verify: there each key is tried at once, with a
 * signature that is none. Which kind of platform it is, is asked once.
 */
export const makeImportPublicKey = (
  platform: () => Importing
): ((algorithm: SignatureAlgorithm, jwk: Jwk) => Promise<CryptoKey | undefined>) => {
  const importKey = (algorithm: SignatureAlgorithm, jwk: Jwk): Promise<CryptoKey | undefined> =>
    platform()
      .importKey("jwk", jwk, cryptoParameters(algorithm), false, ["verify"])
      .catch(() => undefined)
  const verifies = (algorithm: SignatureAlgorithm, key: CryptoKey): Promise<boolean> =>
    platform()
      .verify(cryptoParameters(algorithm), key, NOTHING, NOTHING)
      .then(
        () => true,
        () => false
      )
  let looksLater: boolean | undefined
  return async (algorithm, jwk) => {
    const key = await importKey(algorithm, jwk)
    if (key === undefined) return undefined
    looksLater ??= (await importKey("ES256", NO_KEY)) !== undefined
    return looksLater && !(await verifies(algorithm, key)) ? undefined : key
  }
}

const importHere = /*#__PURE__*/ makeImportPublicKey(() => crypto.subtle)

/**
 * The public key in a JWK (RFC 7517), to verify signatures of this one algorithm with; `undefined` when the platform
 * refuses it, for a point off its curve, say. How long an RSA key must be is the caller's rule.
 */
export const importPublicKey = (
  algorithm: SignatureAlgorithm,
  jwk: Readonly<Record<string, string>>
): Effect.Effect<CryptoKey | undefined> => Effect.promise(() => importHere(algorithm, jwk))
