import * as fc from "fast-check"

const piece = (...pieces: ReadonlyArray<string>) => fc.constantFrom(...pieces)

const segments = fc
  .array(
    piece("/", "a", "mcp", "..", ".", "%2e", "%2F", "%zz", ";", "@", ":", "*", "|", "\\", " ", "\u00e9", "~", "%0a"),
    {
      maxLength: 6
    }
  )
  .map((parts) => parts.join(""))

/** Texts that are URLs or nearly so, made of the pieces that parsers disagree about. */
export const nearlyUrl = fc
  .tuple(
    piece(
      "https://",
      "http://",
      "HTTPS://",
      "https:",
      "https:/",
      "https:///",
      "com.example.app:/",
      "cursor://",
      "javascript:",
      "",
      " "
    ),
    piece("", "u@", "u:p@", "@"),
    piece(
      "as.example.com",
      "AS.Example.com",
      "127.0.0.1",
      "127.1",
      "[::1]",
      "[0::1]",
      "localhost",
      "a..b",
      "h.",
      "b\u00fccher.de",
      ""
    ),
    piece("", ":443", ":80", ":8443", ":", ":0", ":99999"),
    piece("", "/"),
    segments,
    piece("", "?", "?x=1", "?a[]=%20&b", "?x#y"),
    piece("", "#", "#f", "\n")
  )
  .map((parts) => parts.join(""))

/** A path, as it follows a host. */
export const path = segments.map((text) => `/${text.replaceAll(/[\\ \u00e9]/g, "")}`)

/** Any text at all, lone surrogates included. */
export const anyText = fc
  .array(fc.oneof(fc.integer({ max: 0x7f, min: 0 }), fc.integer({ max: 0xffff, min: 0 })), { maxLength: 12 })
  .map((codes) => String.fromCharCode(...codes))
