// RFC 3986 section 2, and the braces of a template (RFC 6570). A backslash is none of them, nor is `#`: a fragment is no part
// of what is read (RFC 3986 section 3.5), so that a server drops it.
const FOREIGN_CHARACTER = /[^!$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~{}]/

// `..;` as well: some readers cut a parameter off a segment before they look at it.
const DOT_SEGMENT = /[/:?]\.\.?(?:[/?;]|$)/

// Encoded, these are read as separators, as a way up or as an encoding inside the encoding.
const TRAVERSAL = /%(?:[01][0-9A-F]|25|2E|2F|5C|7F)/i

// What need not be encoded, or not in small letters, has a second spelling (RFC 3986 section 6.2.2).
const NEEDLESS = /%(?!2[02]|3[CE]|5E|60|7C|[89A-F][0-9A-F])/

const SCHEME_AND_AUTHORITY = /^[a-z][a-z0-9+.-]*:(?:\/\/[^/?]*)?/

// The schemes of which a URL parser makes "/" out of an empty path (WHATWG URL section 3.1).
const SPECIAL = /^(?:https?|wss?|ftp|file):/

const hasEmptySegment = (path: string, special: boolean): boolean =>
  path.includes("//") || (path.endsWith("/") && !(special && path === "/"))

const isCanonical = (uri: string): boolean => {
  // A template is no URL before it is expanded: a hyphen stands for each brace.
  const text = uri.replaceAll(/[{}]/g, "-")
  return URL.canParse(text) && new URL(text).href === text
}

const isUtf8 = (text: string): boolean => {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/**
 * Whether a URI has one spelling only, so that a beginning of it says where it leads: a reader that resolves dots, decodes,
 * folds case or parses it as a URL comes to the very same text. With `queryCounts` the query is held to the same.
 */
export const isUnambiguous = (uri: string, queryCounts: boolean): boolean => {
  if (FOREIGN_CHARACTER.test(uri) || DOT_SEGMENT.test(uri) || TRAVERSAL.test(uri)) return false
  const start = SCHEME_AND_AUTHORITY.exec(uri)?.[0].length
  if (start === undefined) return false
  const query = uri.includes("?") ? uri.indexOf("?") : uri.length
  const told = queryCounts ? uri : uri.slice(0, query)
  return (
    !NEEDLESS.test(told) &&
    isUtf8(told) &&
    !hasEmptySegment(uri.slice(start, query), SPECIAL.test(uri)) &&
    isCanonical(uri)
  )
}
