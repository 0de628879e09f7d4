import * as Context from "effect/Context"
import { encodeBase64Url } from "./base64url.ts"
import { findBuiltin, type Surroundings, surroundingsHere } from "./builtin.ts"

/** What is used of `node:crypto`: it answers at once, where WebCrypto goes by the threads of the platform for a hash of 32 bytes. */
export interface SynchronousCrypto {
  readonly createHash: (algorithm: "sha256") => {
    readonly update: (data: string | Uint8Array) => { readonly digest: () => Uint8Array }
  }
  /** The same in one call; not everywhere. */
  readonly hash?: HashAtOnce
  readonly createSecretKey: (bytes: Uint8Array) => KeyObject
  readonly createPrivateKey: (key: { readonly key: object; readonly format: "jwk" }) => KeyObject
  readonly sign: (hash: string | undefined, data: Uint8Array, key: KeyObject) => Uint8Array
  readonly createCipheriv: (...values: CipherParameters) => Transformation & { readonly getAuthTag: () => Uint8Array }
  readonly createDecipheriv: (
    ...values: CipherParameters
  ) => Transformation & { readonly setAuthTag: (tag: Uint8Array) => unknown }
}

interface HashAtOnce {
  (algorithm: "sha256", data: string | Uint8Array, encoding: "base64url"): string
  (algorithm: "sha256", data: string | Uint8Array, encoding: "buffer"): Uint8Array
}

/** A key, as `node:crypto` keeps it; a name alone, since nothing of it is read. */
export interface KeyObject {
  readonly type: string
}

type CipherParameters = [
  algorithm: "aes-256-gcm",
  key: KeyObject,
  nonce: Uint8Array,
  options: { readonly authTagLength: number }
]

interface Transformation {
  readonly setAAD: (bytes: Uint8Array) => unknown
  readonly update: (data: string | Uint8Array, encoding?: "utf8") => Uint8Array
  readonly final: () => Uint8Array
}

const NONCE = new Uint8Array(12)
const HASH_OF_NOTHING = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
const OPTIONS = { authTagLength: 16 }

// Some platforms stand in for Node with functions that throw, or without some: then none is used.
const isWhole = (found: Partial<SynchronousCrypto>): found is SynchronousCrypto => {
  const { createCipheriv, createDecipheriv, createHash, createPrivateKey, createSecretKey, hash, sign } = found
  try {
    const bytes = createHash?.("sha256").update("").digest() ?? NONCE
    const key = createSecretKey?.(bytes)
    if (key === undefined || createPrivateKey === undefined || sign === undefined) return false
    const encrypting = createCipheriv?.("aes-256-gcm", key, NONCE, OPTIONS)
    const decrypting = createDecipheriv?.("aes-256-gcm", key, NONCE, OPTIONS)
    if (encrypting === undefined || decrypting === undefined) return false
    encrypting.setAAD(NONCE)
    const encrypted = encrypting.update(bytes)
    encrypting.final()
    decrypting.setAAD(NONCE)
    decrypting.setAuthTag(encrypting.getAuthTag())
    const decrypted = decrypting.update(encrypted)
    decrypting.final()
    const isRight = decrypted.length === 32 && decrypted[0] === 0xe3
    return isRight && (hash === undefined || hashesRight(hash))
  } catch {
    return false
  }
}

const hashesRight = (hash: HashAtOnce): boolean =>
  hash("sha256", "", "base64url") === HASH_OF_NOTHING &&
  encodeBase64Url(hash("sha256", "", "buffer")) === HASH_OF_NOTHING

/** Looks for it: Node, Deno and Bun have it, a browser does not. */
export const findSynchronousCrypto = (surroundings: Surroundings): SynchronousCrypto | undefined => {
  const found = findBuiltin<SynchronousCrypto>(surroundings, "node:crypto")
  return found !== undefined && isWhole(found) ? found : undefined
}

/** The platform's, unless a test hides it: without it WebCrypto does the same. */
export const SynchronousCrypto = /*#__PURE__*/ Context.Reference<SynchronousCrypto | undefined>(
  "@postern/bytes/SynchronousCrypto",
  { defaultValue: () => findSynchronousCrypto(surroundingsHere) }
)
