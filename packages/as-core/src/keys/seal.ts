import { type Cipher, decodeBase64Url, encodeBase64Url, makeCipher, randomBytes } from "@postern/bytes"
import * as Effect from "effect/Effect"

const NONCE_BYTES = 12
const utf8 = new TextEncoder()

/** Imports a key of 32 bytes that encrypts; it cannot be exported again. */
export const importEncryptionKey = makeCipher

/** Encrypts a text (AES-256-GCM, a random nonce): base64url of the nonce and what follows it. It opens for the same `purpose` alone. */
export const seal = (key: Cipher, purpose: string, text: string): Effect.Effect<string> =>
  Effect.flatMap(randomBytes(NONCE_BYTES), (nonce) =>
    Effect.map(
      key.encrypt(text, nonce, utf8.encode(purpose)),
      // Three bytes are four letters: the nonce ends where a letter does.
      (encrypted) => encodeBase64Url(nonce) + encodeBase64Url(encrypted)
    )
  )

/** The text that was sealed for this purpose by one of the keys; `undefined` where none of them opens it. */
export const open = Effect.fnUntraced(function* (keys: ReadonlyArray<Cipher>, purpose: string, sealed: string) {
  const bytes = decodeBase64Url(sealed)
  if (bytes === undefined) return undefined
  for (const key of keys) {
    const opened = yield* key.decrypt(bytes.subarray(NONCE_BYTES), bytes.subarray(0, NONCE_BYTES), utf8.encode(purpose))
    if (opened !== undefined) return new TextDecoder().decode(opened)
  }
  return undefined
})
