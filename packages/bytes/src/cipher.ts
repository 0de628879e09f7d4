import * as Effect from "effect/Effect"
import { sha256 } from "./sha256.ts"
import { SynchronousCrypto } from "./synchronous-crypto.ts"

/** AES-256-GCM under one key (NIST SP 800-38D), which cannot be read out of it. */
export interface Cipher {
  /** What is as long as the text, of which a string is its UTF-8 bytes, and a tag of 16 bytes. A nonce has 12 bytes and is never used twice. */
  readonly encrypt: (
    text: string | Uint8Array,
    nonce: Uint8Array,
    additionalData: Uint8Array
  ) => Effect.Effect<Uint8Array<ArrayBuffer>>
  /** The text again; `undefined` when it was not encrypted so. */
  readonly decrypt: (
    encrypted: Uint8Array,
    nonce: Uint8Array,
    additionalData: Uint8Array
  ) => Effect.Effect<Uint8Array<ArrayBuffer> | undefined>
}

const TAG_BYTES = 16
const NONCE_BYTES = 12

/** Makes a cipher of a key of 32 bytes. */
export const makeCipher = (key: Uint8Array): Effect.Effect<Cipher> =>
  Effect.flatMap(SynchronousCrypto, (platform) =>
    platform === undefined
      ? Effect.map(
          Effect.promise(() =>
            crypto.subtle.importKey("raw", new Uint8Array(key), "AES-GCM", false, ["encrypt", "decrypt"])
          ),
          waitingCipher
        )
      : Effect.succeed(synchronousCipher(platform, key))
  )

/**
 * Makes a cipher of a key that is derived from a secret for one purpose, by one hash (NIST SP 800-56C section 4.1, option 1). The
 * secret has to hold 256 random bits: nothing is extracted from one that is only hard to guess.
 */
export const deriveCipher = (secret: string, purpose: string): Effect.Effect<Cipher> =>
  Effect.flatMap(sha256(FIRST_BLOCK + secret + purpose), makeCipher)

/**
 * The counter of the first block, which is all of the key. It stands in front: from the hash of the secret itself, which a store
 * may hold, no hash of what follows the secret can be made that is the key.
 */
const FIRST_BLOCK = "\0\0\0\u0001"

const waitingCipher = (key: CryptoKey): Cipher => {
  const parametersOf = (nonce: Uint8Array, additionalData: Uint8Array) => ({
    name: "AES-GCM",
    iv: new Uint8Array(nonce),
    additionalData: new Uint8Array(additionalData)
  })
  return {
    encrypt: (text, nonce, additionalData) =>
      Effect.promise(async () => {
        const parameters = parametersOf(nonce, additionalData)
        const bytes = typeof text === "string" ? new TextEncoder().encode(text) : new Uint8Array(text)
        return new Uint8Array(await crypto.subtle.encrypt(parameters, key, bytes))
      }),
    decrypt: (encrypted, nonce, additionalData) =>
      Effect.promise(() =>
        crypto.subtle.decrypt(parametersOf(nonce, additionalData), key, new Uint8Array(encrypted)).then(
          (text) => new Uint8Array(text),
          () => undefined
        )
      )
  }
}

const synchronousCipher = (platform: SynchronousCrypto, bytes: Uint8Array): Cipher => {
  const key = platform.createSecretKey(bytes)
  const options = { authTagLength: TAG_BYTES }
  return {
    encrypt: (text, nonce, additionalData) =>
      Effect.sync(() => {
        const cipher = platform.createCipheriv("aes-256-gcm", key, nonce, options)
        cipher.setAAD(additionalData)
        // In this mode nothing is left for the end.
        const encrypted = cipher.update(text, "utf8")
        cipher.final()
        const tagged = new Uint8Array(encrypted.length + TAG_BYTES)
        tagged.set(encrypted)
        tagged.set(cipher.getAuthTag(), encrypted.length)
        return tagged
      }),
    decrypt: (encrypted, nonce, additionalData) =>
      Effect.sync(() => {
        if (nonce.length !== NONCE_BYTES || encrypted.length < TAG_BYTES) return undefined
        const cipher = platform.createDecipheriv("aes-256-gcm", key, nonce, options)
        cipher.setAAD(additionalData)
        cipher.setAuthTag(encrypted.subarray(-TAG_BYTES))
        const text = new Uint8Array(cipher.update(encrypted.subarray(0, -TAG_BYTES)))
        try {
          cipher.final()
          return text
        } catch {
          return undefined
        }
      })
  }
}
