import { decodeBase64Url, encodeBase64Url, randomBytes } from "@postern/bytes"
import * as Effect from "effect/Effect"

const ALGORITHM = "AES-GCM"
const NONCE_BYTES = 12

/** Imports a key of 32 bytes that encrypts; it cannot be exported again. */
export const importEncryptionKey = (bytes: Uint8Array): Effect.Effect<CryptoKey> =>
  Effect.promise(() => crypto.subtle.importKey("raw", new Uint8Array(bytes), ALGORITHM, false, ["encrypt", "decrypt"]))

const parametersOf = (nonce: Uint8Array, purpose: string) => ({
  name: ALGORITHM,
  iv: new Uint8Array(nonce),
  additionalData: new TextEncoder().encode(purpose)
})

/** Encrypts a text (AES-256-GCM, a random nonce): base64url of the nonce and what follows it. It opens for the same `purpose` alone. */
export const seal = Effect.fnUntraced(function* (key: CryptoKey, purpose: string, text: string) {
  const nonce = yield* randomBytes(NONCE_BYTES)
  const sealed = yield* Effect.promise(() =>
    crypto.subtle.encrypt(parametersOf(nonce, purpose), key, new TextEncoder().encode(text))
  )
  return encodeBase64Url(Uint8Array.from([...nonce, ...new Uint8Array(sealed)]))
})

/** The text that was sealed for this purpose by one of the keys; `undefined` where none of them opens it. */
export const open = Effect.fnUntraced(function* (keys: ReadonlyArray<CryptoKey>, purpose: string, sealed: string) {
  const bytes = decodeBase64Url(sealed)
  if (bytes === undefined) return undefined
  for (const key of keys) {
    const opened = yield* Effect.promise(() =>
      crypto.subtle
        .decrypt(parametersOf(bytes.subarray(0, NONCE_BYTES), purpose), key, bytes.subarray(NONCE_BYTES))
        .catch(() => undefined)
    )
    if (opened !== undefined) return new TextDecoder().decode(opened)
  }
  return undefined
})
