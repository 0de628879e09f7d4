import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { encodeBase64Url } from "./base64url.ts"

// A call of the platform's generator takes as long for 16 bytes as for all of these.
const SUPPLY = 1024

/** A source that draws a supply at a time, gives out each byte once, and keeps none that it gave out. */
const makeSource = (): ((length: number) => Uint8Array) => {
  let supply = new Uint8Array()
  return (length) => {
    if (length > SUPPLY) return crypto.getRandomValues(new Uint8Array(length))
    if (length > supply.length) supply = crypto.getRandomValues(new Uint8Array(SUPPLY))
    const bytes = supply.slice(0, length)
    supply.fill(0, 0, length)
    supply = supply.subarray(length)
    return bytes
  }
}

/** Where random bytes come from: the platform's generator, unless a test provides its own. */
export const RandomSource = /*#__PURE__*/ Context.Reference<(length: number) => Uint8Array>(
  "@postern/bytes/RandomSource",
  { defaultValue: makeSource }
)

/** `length` random bytes; more than 65,536, which the platform refuses, are a bug of the caller. */
export const randomBytes = (length: number): Effect.Effect<Uint8Array> =>
  Effect.map(RandomSource, (source) => source(length))

/** `length` random bytes as base64url text; 32 bytes (256 bits, 43 letters) unless told. */
export const randomText = (length = 32): Effect.Effect<string> => Effect.map(randomBytes(length), encodeBase64Url)
