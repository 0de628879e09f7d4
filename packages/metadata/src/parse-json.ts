import { Rejection } from "@postern/rejection"
import * as Result from "effect/Result"
import { attempt, parseWithEscapedNames } from "./escaped-names.ts"
import { isJsonObject } from "./json-object.ts"
import { findProblem, type Found, type JsonProblem } from "./json-problem.ts"

export type { JsonProblem } from "./json-problem.ts"

const SENTENCES: Readonly<Record<JsonProblem, string>> = {
  encoding: "the bytes are not UTF-8",
  "byte-order-mark": "the text begins with a byte order mark",
  syntax: "the text is not JSON",
  "too-deep": "the text nests more deeply than is accepted",
  "duplicate-member": "an object has two members of the same name",
  number: "a number is out of the range of a double",
  surrogate: "a string has half of a surrogate pair",
  "no-object": "the text is JSON but no object"
}

// The clause of each, where RFC 8259 leaves the choice and RFC 7493 (I-JSON) makes it.
const CLAUSES: Readonly<Record<JsonProblem, string>> = {
  encoding: "RFC 8259 section 8.1",
  "byte-order-mark": "RFC 8259 section 8.1",
  syntax: "RFC 8259 section 2",
  "too-deep": "RFC 8259 section 9",
  "duplicate-member": "RFC 7493 section 2.3",
  number: "RFC 7493 section 2.2",
  surrogate: "RFC 7493 section 2.1",
  "no-object": "RFC 8259 section 4"
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

/** The rejection for what was found, with its clause. */
export const jsonMalformed = (found: Found): JsonMalformed =>
  new JsonMalformed({ ...found, spec: CLAUSES[found.reason] })

/** How {@link parseJson} reads. */
export interface JsonOptions {
  /** At most so many arrays and objects inside one another; 32 unless told, and never more than 1000. */
  readonly maximumDepth?: number | undefined
}

/**
 * Reads JSON (RFC 8259) of which every reader makes the same value: no byte order mark, no member name twice in an object
 * (escapes decoded), no half surrogate pair, no number that becomes infinite, bounded depth. A member `__proto__` is a
 * member like any other. Takes time linear in the length of the text and never throws.
 */
export const parseJson = (text: string, options: JsonOptions = {}): Result.Result<unknown, JsonMalformed> => {
  const maximumDepth = Math.min(options.maximumDepth ?? 32, 1000)
  const tokens = countTokens(text, maximumDepth)
  // `JSON.parse` takes no byte order mark, and of two members of one name it keeps one.
  const parsed = tokens && (tokens.escapedNames ? parseWithEscapedNames(text) : attempt(text))
  if (parsed && countMembers(parsed.value, tokens.halves) === tokens.names) return Result.succeed(parsed.value)
  const found = findProblem(text, maximumDepth)
  return Result.fail(jsonMalformed(found))
}

const QUOTE = 0x22
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** What a text has in it, if it is JSON. */
interface Tokens {
  /** Member names, each time that one is written. */
  readonly names: number
  /** Whether one of them is written with an escape. */
  readonly escapedNames: boolean
  /** Whether a string may have half of a surrogate pair. */
  readonly halves: boolean
}

/** One pass over the text before anything is built of it; `undefined` when it nests too deeply or a string does not end. */
const countTokens = (text: string, maximumDepth: number): Tokens | undefined => {
  let names = 0
  let escapedNames = false
  let isEscaped = false
  let depth = 0
  // The next backslash from where we are: looked for again only when it is passed, so that all of it is linear.
  let backslash = text.indexOf("\\")
  const halves = backslash !== -1 || !text.isWellFormed()
  const { length } = text
  for (let at = 0; at < length; at++) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) {
      let end = text.indexOf('"', at + 1)
      isEscaped = false
      while (backslash !== -1 && backslash < end) {
        isEscaped = true
        // What follows a backslash closes nothing.
        if (backslash + 1 === end) end = text.indexOf('"', end + 1)
        backslash = text.indexOf("\\", backslash + 2)
      }
      if (end === -1) return undefined
      at = end
    } else if (character === COLON) {
      names++
      escapedNames ||= isEscaped
    } else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
      if (++depth > maximumDepth) return undefined
    } else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      depth--
    }
  }
  return { names, escapedNames, halves }
}

/** How many members the value has; no number when a string has half of a surrogate pair or a number is infinite. */
const countMembers = (value: unknown, halves: boolean): number => {
  if (typeof value === "string") return halves && !value.isWellFormed() ? Number.NaN : 0
  if (typeof value === "number") return Math.abs(value) === Number.POSITIVE_INFINITY ? Number.NaN : 0
  let members = 0
  if (Array.isArray(value)) {
    for (const element of value) members += countMembers(element, halves)
  }
  if (!isJsonObject(value)) return members
  for (const name of Object.keys(value)) {
    if (halves && !name.isWellFormed()) return Number.NaN
    members += 1 + countMembers(value[name], halves)
  }
  return members
}
