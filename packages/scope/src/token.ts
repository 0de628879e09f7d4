/** RFC 6749 section 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`, printable ASCII without space, `"` and `\`. */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/

/** Whether a text is one scope token (RFC 6749 section 3.3), compared and kept as it is: tokens are case-sensitive. */
export const isScopeToken = (text: string): boolean => SCOPE_TOKEN.test(text)
