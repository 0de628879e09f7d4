/** What `JSON.parse` makes of a text; `undefined` when it is no JSON. */
export const attempt = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

// A string, and whether a colon follows it: then it is a member's name. No two parts of it match the same text.
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(?=([ \t\n\r]*:)?)/gs

/**
 * The same for a text with escapes in its names. V8 13 and later (Node.js 24 and 26) take such a name for another that was read
 * before: after `{"x":1,"\\":1}` the name in `{"x":1,"\u0061":1}` becomes a backslash. So `JSON.parse` sees a number in the
 * place of every name, and the names are put back afterwards. See docs/decisions/0007.
 */
export const parseWithEscapedNames = (text: string): { readonly value: unknown } | undefined => {
  const names: Array<string> = []
  let isJson = true
  const numbered = text.replace(STRING, (whole, colon: string | undefined) => {
    if (colon === undefined) return whole
    // One string by itself has no names.
    const decoded = attempt(whole)?.value
    if (typeof decoded !== "string") isJson = false
    else names.push(decoded)
    // All of them, so that none can be taken for a number of ours; a letter keeps them in their order.
    return `"n${names.length - 1}"`
  })
  const parsed = isJson ? attempt(numbered) : undefined
  return parsed && { value: putBack(parsed.value, names) }
}

const putBack = (value: unknown, names: ReadonlyArray<string>): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((element) => putBack(element, names))
  const entries = Object.entries(value).map(([number, member]): [string, unknown] => [
    names[Number(number.slice(1))] ?? number,
    putBack(member, names)
  ])
  // It defines members: `__proto__` is one like any other.
  return Object.fromEntries(entries)
}
