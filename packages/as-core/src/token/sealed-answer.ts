import { deriveCipher } from "@postern/bytes"
import * as Effect from "effect/Effect"
import { open, seal } from "../keys/seal.ts"

/**
 * The answer to a refresh lies in the store until its replay window ends, encrypted under the old token, which only the client has:
 * whoever reads the store finds hashes and this.
 */
const PURPOSE = "refresh answer"

/**
 * Encrypts an answer under the token that it was the answer to. Its nonce is drawn: of a token that is used twice at once there
 * are two answers under one key, though the store keeps one.
 */
export const sealAnswer = (token: string, answer: string): Effect.Effect<string> =>
  Effect.flatMap(deriveCipher(token, PURPOSE), (key) => seal(key, PURPOSE, answer))

/** The answer again; `undefined` when it was not sealed under this token. */
export const openAnswer = (token: string, sealed: string): Effect.Effect<string | undefined> =>
  Effect.flatMap(deriveCipher(token, PURPOSE), (key) => open([key], PURPOSE, sealed))
