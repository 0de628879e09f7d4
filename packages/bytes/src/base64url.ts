const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// By character code; -1 where the alphabet has no such letter.
const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value

const letter = (value: number): string => ALPHABET.charAt(value & 63)

/** Bytes as base64url without padding (RFC 4648 section 5, RFC 7515 appendix C). */
export const encodeBase64Url = (bytes: Uint8Array): string => {
  let text = ""
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.subarray(i, i + 3)
    text += letter(a >> 2) + letter((a << 4) | ((b ?? 0) >> 4))
    if (b !== undefined) text += letter((b << 2) | ((c ?? 0) >> 6))
    if (c !== undefined) text += letter(c)
  }
  return text
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
