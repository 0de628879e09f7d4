import * as Effect from "effect/Effect"
import { cryptoParameters, keyShape, type SignatureAlgorithm } from "./signature-algorithm.ts"

/** A key pair as JWKs (RFC 7517 section 4): each the members that its key type has, and no other. */
export interface KeyPairJwks {
  readonly privateJwk: Readonly<Record<string, string>>
  readonly publicJwk: Readonly<Record<string, string>>
}

/** The members of a public key, by its type (RFC 7518 section 6, RFC 8037 section 2). */
const PUBLIC = { EC: ["kty", "crv", "x", "y"], OKP: ["kty", "crv", "x"], RSA: ["kty", "n", "e"] } as const
const PRIVATE = { EC: ["d"], OKP: ["d"], RSA: ["d", "p", "q", "dp", "dq", "qi"] } as const

const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }

const pick = (jwk: object, names: ReadonlyArray<string>): Readonly<Record<string, string>> => {
  const members = new Map<string, unknown>(Object.entries(jwk))
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = members.get(name)
      return typeof value === "string" ? [[name, value] as const] : []
    })
  )
}

/** The public half of a private JWK, without anything else that stands in it. */
export const publicJwkOf = (algorithm: SignatureAlgorithm, privateJwk: object): Readonly<Record<string, string>> =>
  pick(privateJwk, PUBLIC[keyShape(algorithm).kty])

/** Makes a key pair for one algorithm; an RSA key has 2048 bits. */
export const generateKeyPair = (algorithm: SignatureAlgorithm): Effect.Effect<KeyPairJwks> =>
  Effect.promise(async () => {
    const made = await crypto.subtle.generateKey({ ...cryptoParameters(algorithm), ...RSA }, true, ["sign", "verify"])
    // The compiler cannot know that these are algorithms of two keys.
    if (!("privateKey" in made)) throw new Error("the algorithm has no key pair")
    const jwk = await crypto.subtle.exportKey("jwk", made.privateKey)
    const { kty } = keyShape(algorithm)
    return { privateJwk: pick(jwk, [...PUBLIC[kty], ...PRIVATE[kty]]), publicJwk: pick(jwk, PUBLIC[kty]) }
  })

/** The private key in a JWK, to sign with this one algorithm; `undefined` when the platform refuses it. It cannot be exported. */
export const importPrivateKey = (
  algorithm: SignatureAlgorithm,
  jwk: Readonly<Record<string, string>>
): Effect.Effect<CryptoKey | undefined> =>
  Effect.promise(() =>
    crypto.subtle.importKey("jwk", jwk, cryptoParameters(algorithm), false, ["sign"]).catch(() => undefined)
  )

/** The signature over the data, in the form that a JWS carries (RFC 7518 section 3). */
export const signBytes = (
  algorithm: SignatureAlgorithm,
  key: CryptoKey,
  data: Uint8Array<ArrayBuffer>
): Effect.Effect<Uint8Array<ArrayBuffer>> =>
  Effect.promise(async () => new Uint8Array(await crypto.subtle.sign(cryptoParameters(algorithm), key, data)))
