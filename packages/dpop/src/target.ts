// RFC 3986 sections 2 and 3: scheme, authority without user information, path; neither query nor fragment. `url` is parsed
// from it, and the host must be what stands in the text: the parser reads `0x7f.1` as an address, RFC 3986 does not.
const TARGET =
  /^https?:\/\/(?<host>(?:[A-Za-z0-9\-._~!$&'()*+,;=]+|\[[0-9A-Fa-f:.]+\]))(?::[0-9]*)?(?:\/(?:[A-Za-z0-9\-._~:@/!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?$/i

const isUnreserved = (character: string): boolean => /^[A-Za-z0-9\-._~]$/.test(character)

// RFC 3986 section 6.2.2: unreserved characters are not escaped, other escapes are in upper case.
const normalizeEscape = (escape: string): string => {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return isUnreserved(character) ? character : escape.toUpperCase()
}

// RFC 3986 sections 6.2.2 and 6.2.3; the parser has done scheme, host, default port, dot segments and the empty path.
const print = (url: URL): string =>
  `${url.protocol}//${url.host}${url.pathname.replaceAll(/%[0-9A-Fa-f]{2}/g, normalizeEscape)}`

/** The URL of a request, as it is compared: without query and fragment. `undefined` when it is none. */
export const requestTarget = (text: string): string | undefined => {
  const url = URL.parse(text)
  return url === null ? undefined : print(url)
}

/**
 * An `htu`, as it is compared: "without query and fragment parts" (RFC 9449 section 4.2), normalized (RFC 3986 sections
 * 6.2.2 and 6.2.3). `undefined` when it is no such URL; nothing in it is repaired.
 */
export const proofTarget = (text: string): string | undefined => {
  const host = TARGET.exec(text)?.groups?.["host"]
  const url = host === undefined ? null : URL.parse(text)
  return url === null || host?.toLowerCase() !== url.hostname ? undefined : print(url)
}
