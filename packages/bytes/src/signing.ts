import * as Effect from "effect/Effect"
import { joinSignature } from "./ecdsa-signature.ts"
import { cryptoParameters, keyShape, type SignatureAlgorithm } from "./signature-algorithm.ts"
import { type KeyObject, SynchronousCrypto } from "./synchronous-crypto.ts"

/** A key pair as JWKs (RFC 7517 section 4): each the members that its key type has, and no other. */
export interface KeyPairJwks {
  readonly privateJwk: Readonly<Record<string, string>>
  readonly publicJwk: Readonly<Record<string, string>>
}

/** The members of a public key, by its type (RFC 7518 section 6, RFC 8037 section 2). */
const PUBLIC = { EC: ["kty", "crv", "x", "y"], OKP: ["kty", "crv", "x"], RSA: ["kty", "n", "e"] } as const
const PRIVATE = { EC: ["d"], OKP: ["d"], RSA: ["d", "p", "q", "dp", "dq", "qi"] } as const

const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }

// What `node:crypto` calls the hashes. Node takes WebCrypto's names, too; Deno does not.
const DIGESTS: Readonly<Record<string, string>> = { "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" }

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

/** The same keys for {@link SynchronousCrypto}: where it signs, a signature is not worth the way to another thread. */
const atHand = new WeakMap<CryptoKey, KeyObject>()

/** The private key in a JWK, to sign with this one algorithm; `undefined` when the platform refuses it. It cannot be exported. */
export const importPrivateKey = (
  algorithm: SignatureAlgorithm,
  jwk: Readonly<Record<string, string>>
): Effect.Effect<CryptoKey | undefined> =>
  Effect.gen(function* () {
    const platform = yield* SynchronousCrypto
    const key = yield* Effect.promise(() =>
      crypto.subtle.importKey("jwk", jwk, cryptoParameters(algorithm), false, ["sign"]).catch(() => undefined)
    )
    const held = platform && key && keyAtHand(platform, algorithm, jwk)
    if (key !== undefined && held !== undefined) atHand.set(key, held)
    return key
  })

const keyAtHand = (
  platform: SynchronousCrypto,
  algorithm: SignatureAlgorithm,
  jwk: Readonly<Record<string, string>>
): KeyObject | undefined => {
  // A signature by RSA takes a millisecond: that is for another thread.
  if (keyShape(algorithm).kty === "RSA") return undefined
  try {
    return platform.createPrivateKey({ key: jwk, format: "jwk" })
  } catch {
    // A platform that reads no JWK here: WebCrypto did.
    return undefined
  }
}

/** The signature over the data, in the form that a JWS carries (RFC 7518 section 3). */
export const signBytes = (
  algorithm: SignatureAlgorithm,
  key: CryptoKey,
  data: Uint8Array<ArrayBuffer>
): Effect.Effect<Uint8Array<ArrayBuffer>> =>
  Effect.flatMap(SynchronousCrypto, (platform) => {
    const held = atHand.get(key)
    const parameters = cryptoParameters(algorithm)
    if (platform === undefined || held === undefined) {
      return Effect.promise(async () => new Uint8Array(await crypto.subtle.sign(parameters, key, data)))
    }
    const shape = keyShape(algorithm)
    if (shape.kty !== "EC") return Effect.succeed(new Uint8Array(platform.sign(undefined, data, held)))
    // Asked for the joined form the platform takes twice the time, most of it to find out that options are no key.
    return Effect.succeed(joinSignature(platform.sign(DIGESTS[parameters.hash], data, held), shape.bytes))
  })
