import { randomText } from "@postern/bytes"
import type * as Effect from "effect/Effect"

/** Draws the identifier of a client that registers: 128 bits, and never the form of a URL, so that it names no metadata document. */
export const makeClientId: Effect.Effect<string> = randomText(16)

/** Whether a text has the form of such an identifier: no other client is kept in the store. */
export const isRegisteredForm = (text: string): boolean => /^[\w-]{22}$/.test(text)
