/** What a character may be part of; the classes are bits, because a character belongs to several. */
export const SPACE = 1
/** Space or tab: OWS and BWS of RFC 9110 section 5.6.3. */
export const BLANK = 2
/** Blanks and the comma: what may stand between the elements of a list (RFC 9110 section 5.6.1). */
export const SEPARATOR = 4
/** tchar of RFC 9110 section 5.6.2. */
export const TOKEN = 8
/** The letters of token68, without its padding (RFC 9110 section 11.2). */
export const TOKEN68 = 16
/** qdtext of RFC 9110 section 5.6.4. */
export const QUOTED = 32
/** What may follow a backslash in a quoted string (RFC 9110 section 5.6.4). */
export const ESCAPED = 64
/** What RFC 3986 allows in a URL, without the comma, which ends an element of the list. */
export const URL_CHARACTER = 128

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

const classes: Uint8Array = /*#__PURE__*/ (() => {
  const table = new Uint8Array(256)
  const add = (kind: number, characters: string) => {
    for (const character of characters) {
      const code = character.charCodeAt(0)
      table[code] = (table[code] ?? 0) | kind
    }
  }
  add(SPACE, " ")
  add(BLANK, " \t")
  add(SEPARATOR, " \t,")
  add(TOKEN, `${alphanumeric}!#$%&'*+-.^_\`|~`)
  add(TOKEN68, `${alphanumeric}-._~+/`)
  add(URL_CHARACTER, `${alphanumeric}-._~:/?#[]@!$&'()*+;=%`)
  add(QUOTED | ESCAPED, "\t")
  for (let code = 0x20; code < 256; code++) {
    if (code === 0x7f) continue
    add(ESCAPED, String.fromCharCode(code))
    if (code !== 0x22 && code !== 0x5c) add(QUOTED, String.fromCharCode(code))
  }
  return table
})()

/** Whether the character at `at` is of this kind; beyond the end there is none. */
export const isAt = (text: string, at: number, kind: number): boolean =>
  at < text.length && ((classes[text.charCodeAt(at)] ?? 0) & kind) !== 0

/** The first position from `at` on whose character is not of this kind. */
export const skip = (text: string, at: number, kind: number): number => {
  while (isAt(text, at, kind)) at++
  return at
}

/** Where the token68 that begins at `at` ends, its padding included; `at` itself when none begins there. */
export const token68End = (text: string, at: number): number => {
  let end = skip(text, at, TOKEN68)
  if (end > at) while (text.charAt(end) === "=") end++
  return end
}

/** Whether the text has at least one character and each is of this kind. */
export const consistsOf = (text: string, kind: number): boolean => text !== "" && skip(text, 0, kind) === text.length
