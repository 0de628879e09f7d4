import * as Result from "effect/Result"
import { isLoopbackHost } from "./loopback.ts"
import { TransportInsecure, type UrlFlaw } from "./rejections.ts"

// RFC 3986 section 2: what may stand in a URI at all. Without a backslash, a space, controls and everything beyond ASCII.
const URI_TEXT = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/

// Scheme and authority (RFC 3986 section 3) of a text that passed URI_TEXT.
const AUTHORITY = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/

/**
 * The URL that a text spells, when the text is what a URL parser would print: nothing in it had to be repaired, so that
 * everyone who reads it sees the same host and path. The slash of an empty path may be missing.
 */
export const readUrl = (text: string): Result.Result<URL, UrlFlaw> => {
  if (!URI_TEXT.test(text)) return Result.fail("characters")
  const url = URL.parse(text)
  if (url === null) return Result.fail("not-absolute")
  if (AUTHORITY.exec(text)?.[1]?.includes("@")) return Result.fail("userinfo")
  if (text.includes("#")) return Result.fail("fragment")
  const printed = url.href === text || (url.pathname === "/" && `${url.protocol}//${url.host}${url.search}` === text)
  // `https://host?` prints as `https://host/?`, with an empty `search`.
  return printed || `${url.protocol}//${url.host}?` === text ? Result.succeed(url) : Result.fail("not-canonical")
}

/** OAuth 2.1 section 1.5: https, or http where nothing leaves the machine. */
export const requireSecure = (url: URL): Result.Result<URL, TransportInsecure> =>
  url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname))
    ? Result.succeed(url)
    : Result.fail(new TransportInsecure({ scheme: url.protocol.slice(0, -1), host: url.hostname }))

/** A URL that is both {@link readUrl} and {@link requireSecure}, its flaw turned into the caller's own rejection. */
export const readSecureUrl = <Malformed>(
  text: string,
  malformed: (reason: UrlFlaw) => Malformed
): Result.Result<URL, Malformed | TransportInsecure> => {
  const url = readUrl(text)
  return Result.isFailure(url) ? Result.fail(malformed(url.failure)) : requireSecure(url.success)
}
