import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { encodeBase64Url } from "./base64url.ts"

/** Where random bytes come from: the platform's generator, unless a test provides its own. */
export const RandomSource = /*#__PURE__*/ Context.Reference<(length: number) => Uint8Array>(
  "@postern/bytes/RandomSource",
  { defaultValue: () => (length) => crypto.getRandomValues(new Uint8Array(length)) }
)

/** `length` random bytes; more than 65,536, which the platform refuses, are a bug of the caller. */
export const randomBytes = (length: number): Effect.Effect<Uint8Array> =>
  Effect.map(RandomSource, (source) => source(length))

/** `length` random bytes as base64url text; 32 bytes (256 bits, 43 letters) unless told. */
export const randomText = (length = 32): Effect.Effect<string> => Effect.map(randomBytes(length), encodeBase64Url)
