/** Why a text is not JSON that can be relied on. */
export type JsonProblem =
  | "encoding"
  | "byte-order-mark"
  | "syntax"
  | "too-deep"
  | "duplicate-member"
  | "number"
  | "surrogate"
  | "no-object"

/** What is wrong with a text; `position` counts UTF-16 units from 0. */
export interface Found {
  readonly reason: JsonProblem
  readonly position?: number
}

/**
 * Says what is wrong with a text that was refused, and where, as far as it is not the syntax. It understands JSON and
 * nothing else: of a text that is not JSON it may say anything but that it is right.
 */
export const findProblem = (text: string, maximumDepth: number): Found =>
  text.startsWith("\uFEFF")
    ? { reason: "byte-order-mark", position: 0 }
    : (scan(text, maximumDepth) ?? { reason: "syntax" })

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

const scan = (text: string, maximumDepth: number): Found | undefined => {
  // For every open object the names of its members so far, for every open array `null`.
  const open: Array<Set<string> | null> = []
  let nameExpected = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) {
      const end = endOfString(text, at)
      if (end === undefined) return { reason: "syntax", position: at }
      const value = stringValue(text, at, end)
      if (value === undefined) return { reason: "syntax", position: at }
      if (!value.isWellFormed()) return { reason: "surrogate", position: at }
      const names = open.at(-1)
      if (names && nameExpected) {
        if (names.has(value)) return { reason: "duplicate-member", position: at }
        names.add(value)
      }
      nameExpected = false
      at = end
    } else if (character === COMMA) {
      nameExpected = true
    } else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
      if (open.length >= maximumDepth) return { reason: "too-deep", position: at }
      open.push(character === OPEN_BRACE ? new Set() : null)
      nameExpected = true
    } else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      open.pop()
    } else if (isNumeric(character)) {
      const start = at
      while (isNumeric(text.charCodeAt(at + 1))) at++
      if (Math.abs(Number(text.slice(start, at + 1))) === Number.POSITIVE_INFINITY) {
        return { reason: "number", position: start }
      }
    }
  }
  return undefined
}

/** The index of the quote that closes the string that opens at `start`. */
const endOfString = (text: string, start: number): number | undefined => {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) return at
    if (character === BACKSLASH) at++
  }
  return undefined
}

const stringValue = (text: string, start: number, end: number): string | undefined => {
  const raw = text.slice(start + 1, end)
  if (!raw.includes("\\")) return raw
  try {
    const decoded: unknown = JSON.parse(text.slice(start, end + 1))
    return typeof decoded === "string" ? decoded : undefined
  } catch {
    return undefined
  }
}

/** The characters of a number; also the `e` of `true` and `false`, which alone make no number and so no finding. */
const isNumeric = (character: number): boolean =>
  (character >= 0x30 && character <= 0x39) ||
  character === 0x2d ||
  character === 0x2b ||
  character === 0x2e ||
  character === 0x45 ||
  character === 0x65
