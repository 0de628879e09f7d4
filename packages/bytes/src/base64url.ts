import { findBuiltin, type Surroundings, surroundingsHere } from "./builtin.ts"

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// By character code; -1 where the alphabet has no such letter.
const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value

/** Bytes as base64url without padding (RFC 4648 section 5, RFC 7515 appendix C); of a string its UTF-8 bytes. */
export const encodeBase64Url = (input: string | Uint8Array): string => (platformEncoder ?? encodeLetters)(input)

/** The same without the platform's help. */
export const encodeLetters = (input: string | Uint8Array): string => {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input
  const letters = new Uint8Array(Math.ceil((bytes.length * 4) / 3))
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < bytes.length; index++) {
    held = ((held << 8) | (bytes[index] ?? 0)) & 0xffff
    bits += 8
    while (bits >= 6) {
      bits -= 6
      letters[at++] = ALPHABET.charCodeAt((held >> bits) & 63)
    }
  }
  if (bits > 0) letters[at] = ALPHABET.charCodeAt((held << (6 - bits)) & 63)
  return new TextDecoder().decode(letters)
}

/**
 * The bytes of a base64url text, or `undefined` when it is not the one canonical encoding of any: padding, other
 * letters, an impossible length and non-zero trailing bits are refused (RFC 4648 sections 3.3 and 3.5), so that one
 * value has one spelling.
 */
export const decodeBase64Url = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < text.length; index++) {
    const value = VALUES[text.charCodeAt(index)] ?? -1
    if (value < 0) return undefined
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >> bits) & 0xff
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined
}

type Encoder = typeof encodeLetters

interface BufferModule {
  readonly Buffer?: {
    readonly from: (...memory: [text: string] | [memory: ArrayBufferLike, offset: number, length: number]) => {
      readonly toString: (encoding: "base64url") => string
    }
  }
}

/** The platform's encoder, where it has one that answers sixteen times as fast for a token. */
export const findEncoder = (surroundings: Surroundings): Encoder | undefined => {
  const { Buffer } = findBuiltin<BufferModule>(surroundings, "node:buffer") ?? {}
  if (Buffer === undefined) return undefined
  const encode: Encoder = (input) => {
    const bytes =
      typeof input === "string" ? Buffer.from(input) : Buffer.from(input.buffer, input.byteOffset, input.byteLength)
    return bytes.toString("base64url")
  }
  // Not every platform that has the module knows this encoding.
  return encode(Uint8Array.of(0xfb, 0xff)) === "-_8" ? encode : undefined
}

const platformEncoder = /*#__PURE__*/ findEncoder(surroundingsHere)
