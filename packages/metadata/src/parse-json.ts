import { Rejection } from "@postern/rejection"
import * as Result from "effect/Result"

/** Why a text is not JSON that can be relied on. */
export type JsonProblem = "byte-order-mark" | "syntax" | "too-deep" | "duplicate-member" | "number" | "surrogate"

const SENTENCES: Readonly<Record<JsonProblem, string>> = {
  "byte-order-mark": "the text begins with a byte order mark",
  syntax: "the text is not JSON",
  "too-deep": "the text nests more deeply than is accepted",
  "duplicate-member": "an object has two members of the same name",
  number: "a number is out of the range of a double",
  surrogate: "a string has half of a surrogate pair"
}

// The clause of each, where RFC 8259 leaves the choice and RFC 7493 (I-JSON) makes it.
const CLAUSES: Readonly<Record<JsonProblem, string>> = {
  "byte-order-mark": "RFC 8259 section 8.1",
  syntax: "RFC 8259 section 2",
  "too-deep": "RFC 8259 section 9",
  "duplicate-member": "RFC 7493 section 2.3",
  number: "RFC 7493 section 2.2",
  surrogate: "RFC 7493 section 2.1"
}

/** A text that is no JSON, or JSON that two readers could read differently; `position` counts UTF-16 units from 0. */
export class JsonMalformed extends Rejection("JsonMalformed", "RFC 8259 section 2")<{
  readonly spec: string
  readonly reason: JsonProblem
  readonly position?: number | undefined
}> {
  override get message() {
    return this.position === undefined
      ? SENTENCES[this.reason]
      : `${SENTENCES[this.reason]} (at position ${this.position})`
  }
}

/** How {@link parseJson} reads. */
export interface JsonOptions {
  /** At most so many arrays and objects inside one another; 32 unless told. */
  readonly maximumDepth?: number | undefined
}

/**
 * Reads JSON (RFC 8259) of which every reader makes the same value: no byte order mark, no member name twice in an object
 * (escapes decoded), no half surrogate pair, no number that becomes infinite, bounded depth. A member `__proto__` is a
 * member like any other. Takes time linear in the length of the text and never throws.
 */
export const parseJson = (text: string, options: JsonOptions = {}): Result.Result<unknown, JsonMalformed> => {
  const found = text.startsWith("\uFEFF")
    ? { reason: "byte-order-mark" as const, position: 0 }
    : scan(text, options.maximumDepth ?? 32)
  if (found) return Result.fail(new JsonMalformed({ ...found, spec: CLAUSES[found.reason] }))
  const parsed = attempt(text)
  return parsed
    ? Result.succeed(parsed.value)
    : Result.fail(new JsonMalformed({ reason: "syntax", spec: CLAUSES.syntax }))
}

const attempt = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

interface Found {
  readonly reason: JsonProblem
  readonly position: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c

/**
 * One pass over the tokens, looking for what `JSON.parse` lets through. It understands JSON and nothing else: of a text
 * that is not JSON it may say anything, since `JSON.parse` refuses that anyway.
 */
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
    } else if (character === 0x7b || character === 0x5b) {
      if (open.length >= maximumDepth) return { reason: "too-deep", position: at }
      open.push(character === 0x7b ? new Set() : null)
      nameExpected = true
    } else if (character === 0x7d || character === 0x5d) {
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
  const decoded = attempt(text.slice(start, end + 1))?.value
  return typeof decoded === "string" ? decoded : undefined
}

/** The characters of a number; also the `e` of `true` and `false`, which alone make no number and so no finding. */
const isNumeric = (character: number): boolean =>
  (character >= 0x30 && character <= 0x39) ||
  character === 0x2d ||
  character === 0x2b ||
  character === 0x2e ||
  character === 0x45 ||
  character === 0x65
