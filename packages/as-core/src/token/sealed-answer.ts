import * as Effect from "effect/Effect"
import { open, seal } from "../keys/seal.ts"

/**
 * The answer to a refresh lies in the store until its replay window ends, encrypted under the old token, which only the client has:
 * whoever reads the store finds hashes and this.
 */
const PURPOSE = "refresh answer"

// RFC 5869: a refresh token is random, so that no salt is needed (section 3.1).
const keyOf = (token: string): Effect.Effect<CryptoKey> =>
  Effect.promise(async () => {
    const utf8 = new TextEncoder()
    const material = await crypto.subtle.importKey("raw", utf8.encode(token), "HKDF", false, ["deriveKey"])
    const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8.encode(PURPOSE) }
    const algorithm = { name: "AES-GCM", length: 256 }
    return crypto.subtle.deriveKey(derivation, material, algorithm, false, ["encrypt", "decrypt"])
  })

/** Encrypts an answer under the token that it was the answer to. */
export const sealAnswer = (token: string, answer: string): Effect.Effect<string> =>
  Effect.flatMap(keyOf(token), (key) => seal(key, PURPOSE, answer))

/** The answer again; `undefined` when it was not sealed under this token. */
export const openAnswer = (token: string, sealed: string): Effect.Effect<string | undefined> =>
  Effect.flatMap(keyOf(token), (key) => open([key], PURPOSE, sealed))
