/** What a page shows: no SVG, which can hold scripts and links. */
export const imageTypes = ["image/png", "image/jpeg", "image/webp"] as const

const startsWith = (bytes: Uint8Array, signature: ReadonlyArray<number>, at = 0): boolean =>
  signature.every((byte, index) => bytes[at + index] === byte)

const RIFF = [0x52, 0x49, 0x46, 0x46]
const WEBP = [0x57, 0x45, 0x42, 0x50]

/** The type that an image's first bytes say it has (WHATWG MIME Sniffing section 6.1), of those that a page shows. */
export const imageTypeOf = (bytes: Uint8Array): (typeof imageTypes)[number] | undefined => {
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "image/png"
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return "image/jpeg"
  return startsWith(bytes, RIFF) && startsWith(bytes, WEBP, 8) ? "image/webp" : undefined
}
