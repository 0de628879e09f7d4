import type { Challenge, Parameter } from "./challenge.ts"
import { BLANK, ESCAPED, isAt, QUOTED, SEPARATOR, skip, SPACE, TOKEN, token68End, URL_CHARACTER } from "./characters.ts"
import type { Flaw } from "./rejections.ts"

/** Where a scan stopped and why. */
export interface Stop {
  readonly reason: Flaw | "parameter-repeated"
  readonly position: number
  /** The name of the parameter that is repeated, or "". */
  readonly parameter: string
}

/** What a scan has read; it goes on from one header line to the next, because lines make one list. */
export interface Scan {
  readonly challenges: Array<Challenge>
  /** The parameters of the last challenge; absent where it cannot have any. */
  parameters: Array<Parameter> | undefined
  /** How many elements of the list were begun: a parameter, or a challenge up to its first parameter. */
  elements: number
}

const none: ReadonlyArray<Parameter> = []
/** Real headers have fewer than twenty; every one costs an object, and a header of 100 kB has room for 50,000 of them. */
export const maximumElements = 256

/** A scan that has read nothing. */
export const emptyScan = (): Scan => ({ challenges: [], parameters: undefined, elements: 0 })

const stop = (reason: Stop["reason"], position: number, parameter = ""): Stop => ({ reason, position, parameter })

/**
 * Reads one header line into `scan` and returns why it stopped before the end, if it did. One pass: a character is looked at a
 * fixed number of times, whatever the text.
 */
export const scanLine = (text: string, scan: Scan): Stop | undefined => {
  let at = skip(text, 0, SEPARATOR)
  while (at < text.length) {
    const next = readElement(text, at, scan)
    if (typeof next !== "number") return next
    at = skip(text, next, SEPARATOR)
  }
  return undefined
}

/** Whether an element of the list may end at `at`: a comma or the end of the line stands there. */
const endsAt = (text: string, at: number): boolean => at === text.length || text.charAt(at) === ","

// A list element is a parameter of the challenge before it, or begins a challenge: only a parameter has "=" after its name.
const readElement = (text: string, start: number, scan: Scan): number | Stop => {
  const end = skip(text, start, TOKEN)
  if (end === start) return stop("unexpected-character", start)
  if (scan.elements++ === maximumElements) return stop("too-many-elements", start)
  if (text.charAt(skip(text, end, BLANK)) === "=") return readParameter(text, start, end, scan)
  return readChallenge(text, start, end, scan)
}

const readChallenge = (text: string, start: number, end: number, scan: Scan): number | Stop => {
  const scheme = text.slice(start, end).toLowerCase()
  const inner = skip(text, end, SPACE)
  const after = skip(text, inner, BLANK)
  if (endsAt(text, after)) {
    // Parameters follow their scheme after a space; "Bearer, realm=x" gives the parameter no scheme.
    open(scan, scheme, inner > end)
    return after
  }
  if (inner === end || after > inner) return stop("unexpected-character", inner)
  const padded = token68End(text, inner)
  const beyond = skip(text, padded, BLANK)
  if (padded > inner && endsAt(text, beyond)) {
    scan.challenges.push({ scheme, token68: text.slice(inner, padded), parameters: none })
    scan.parameters = undefined
    return beyond
  }
  open(scan, scheme, true)
  const name = skip(text, inner, TOKEN)
  return name === inner ? stop("unexpected-character", inner) : readParameter(text, inner, name, scan)
}

const open = (scan: Scan, scheme: string, spaced: boolean): void => {
  const parameters: Array<Parameter> = []
  scan.challenges.push({ scheme, parameters })
  scan.parameters = spaced ? parameters : undefined
}

const readParameter = (text: string, start: number, end: number, scan: Scan): number | Stop => {
  const equals = skip(text, end, BLANK)
  if (text.charAt(equals) !== "=") return stop("unexpected-character", equals)
  if (!scan.parameters) return stop("parameter-unattached", start)
  const name = text.slice(start, end).toLowerCase()
  if (scan.parameters.some((other) => other.name === name)) return stop("parameter-repeated", start, name)
  const value = readValue(text, skip(text, equals + 1, BLANK))
  if ("reason" in value) return value
  const after = skip(text, value.end, BLANK)
  if (!endsAt(text, after)) return stop("unexpected-character", after)
  scan.parameters.push({ name, value: value.text, form: value.form })
  return after
}

interface Value {
  readonly text: string
  readonly form: Parameter["form"]
  readonly end: number
}

const readValue = (text: string, start: number): Value | Stop => {
  if (text.charAt(start) === '"') return readQuoted(text, start + 1)
  const end = skip(text, start, TOKEN)
  if (end === start) return stop("unexpected-character", start)
  if (!isUrl(text, start)) return { text: text.slice(start, end), form: "token", end }
  const urlEnd = skip(text, start, URL_CHARACTER)
  return { text: text.slice(start, urlEnd), form: "unquoted-url", end: urlEnd }
}

// RFC 9110 section 11.2 allows a token or a quoted string; servers in the field send URLs without quotation marks.
const isUrl = (text: string, start: number): boolean => /^https?:\/\//i.test(text.slice(start, start + 8))

const readQuoted = (text: string, start: number): Value | Stop => {
  let at = skip(text, start, QUOTED)
  let escapes = false
  while (text.charAt(at) === "\\" && isAt(text, at + 1, ESCAPED)) {
    escapes = true
    at = skip(text, at + 2, QUOTED)
  }
  if (text.charAt(at) !== '"') {
    const unclosed = at === text.length || (at + 1 === text.length && text.charAt(at) === "\\")
    return unclosed ? stop("unclosed-quote", start - 1) : stop("unexpected-character", at)
  }
  const raw = text.slice(start, at)
  return { text: escapes ? unescape(raw) : raw, form: "quoted", end: at + 1 }
}

// Half the time of a regular expression on a text of nothing but escapes.
const unescape = (raw: string): string => {
  let text = ""
  let from = 0
  // The character after a backslash begins the next piece, even if it is a backslash.
  for (let at = raw.indexOf("\\"); at >= 0; at = raw.indexOf("\\", at + 2)) {
    text += raw.slice(from, at)
    from = at + 1
  }
  return text + raw.slice(from)
}
