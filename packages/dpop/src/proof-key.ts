import { generateKeyPair, importPrivateKey } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { ProofAlgorithm } from "./algorithm.ts"
import { ProofKeyUnusable } from "./rejections.ts"

/** A client's key, to sign proofs with. A secret: whoever has it and the token has the token's rights. */
export interface ProofKey {
  readonly algorithm: ProofAlgorithm
  /** What every proof shows of it. */
  readonly publicJwk: Readonly<Record<string, string>>
  /** As a JWK, which a store can write down, or as a key that the platform keeps to itself. */
  readonly privateKey: Readonly<Record<string, string>> | CryptoKey
}

/** How a key is made. */
export interface ProofKeyOptions {
  /** `ES256` unless told. */
  readonly algorithm?: ProofAlgorithm
  /**
   * Whether the private key can be read and written down; true unless told. Without it, script that gets into a page can use
   * the key and cannot carry it away (RFC 9449 section 11.4), and the store has to be one that keeps a `CryptoKey`.
   */
  readonly extractable?: boolean
}

/** Makes a key; what the platform cannot make is {@link ProofKeyUnusable}. */
export const generateProofKey = Effect.fnUntraced(function* ({
  algorithm = "ES256",
  extractable = true
}: ProofKeyOptions = {}): Effect.fn.Return<ProofKey, ProofKeyUnusable> {
  const { privateJwk, publicJwk } = yield* generateKeyPair(algorithm)
  if (extractable) return { algorithm, publicJwk, privateKey: privateJwk }
  const privateKey = yield* importPrivateKey(algorithm, privateJwk)
  return privateKey === undefined ? yield* new ProofKeyUnusable({ algorithm }) : { algorithm, publicJwk, privateKey }
})

/** What was imported of keys that came as JWKs: a key that is used again is not read again. */
const imported = new WeakMap<ProofKey, CryptoKey>()

/** The private key, ready to sign. */
export const signingKey = Effect.fnUntraced(function* (key: ProofKey): Effect.fn.Return<CryptoKey, ProofKeyUnusable> {
  const { algorithm, privateKey } = key
  if (privateKey instanceof CryptoKey) return privateKey
  const ready = imported.get(key) ?? (yield* importPrivateKey(algorithm, privateKey))
  if (ready === undefined) return yield* new ProofKeyUnusable({ algorithm })
  imported.set(key, ready)
  return ready
})
