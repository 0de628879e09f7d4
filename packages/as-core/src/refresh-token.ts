import { randomText } from "@postern/bytes"
import * as Effect from "effect/Effect"

const NAME_BYTES = 16
const NAME_LETTERS = 22

/** The name of a chain of refresh tokens. */
export const makeChainName: Effect.Effect<string> = randomText(NAME_BYTES)

/** A refresh token of a chain: its name, and a secret that no other one has. */
export const makeRefreshToken = (name: string): Effect.Effect<string> =>
  Effect.map(randomText(), (secret) => name + secret)

/** The name in a refresh token, `undefined` in what has not the form of one. */
export const chainNameOf = (token: string): string | undefined =>
  /^[\w-]{65}$/.test(token) ? token.slice(0, NAME_LETTERS) : undefined
