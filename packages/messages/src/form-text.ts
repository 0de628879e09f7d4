/** One text, form-encoded: UTF-8, space as `+`, all but letters, digits and `*-._` as `%XX` (RFC 6749 appendix B). */
export const encodeFormText = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1)

// What an encoder leaves alone, by the rules of forms or of `encodeURIComponent`, and complete escapes.
const ENCODED = /^(?:[A-Za-z0-9*._~!'()+-]|%[0-9A-Fa-f]{2})*$/

/**
 * The text of which `encoded` is the form-encoding, or `undefined` when it is not one: an incomplete escape, a character
 * that had to be escaped, or bytes that are no UTF-8 (RFC 6749 appendix B).
 */
export const decodeFormText = (encoded: string): string | undefined => {
  if (!ENCODED.test(encoded)) return undefined
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "))
  } catch {
    return undefined
  }
}
