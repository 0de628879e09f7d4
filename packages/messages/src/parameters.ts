import * as Result from "effect/Result"
import { ParameterRepeated, ParametersTooLarge } from "./rejections.ts"

/** The parameters of a request or response, each at most once. */
export interface Parameters {
  /** The value; `undefined` when it is absent or empty. Never that of `resource`: see {@link Parameters.resources}. */
  readonly get: (name: string) => string | undefined
  /** The values of `resource` in order, as they came: the one parameter that may repeat (RFC 8707 section 2). */
  readonly resources: ReadonlyArray<string>
  /** The names of all parameters that have a value, in order. */
  readonly names: ReadonlyArray<string>
}

/** How much is read; what goes over is refused. */
export interface ParameterBounds {
  /** 100 unless told. */
  readonly maximumParameters?: number | undefined
  /** Characters of all names and values together (of a string: its length); 65,536 unless told. */
  readonly maximumLength?: number | undefined
}

/**
 * Reads parameters from a query, with or without its `?`, or a form body (RFC 6749 appendix B). "Request and response
 * parameters MUST NOT be included more than once" and "parameters sent without a value MUST be treated as if they were
 * omitted" (OAuth 2.1 sections 3.1 and 3.2): a repeated name is refused even where one of its values is empty.
 */
export const parseParameters = (
  input: URLSearchParams | string,
  { maximumParameters = 100, maximumLength = 65_536 }: ParameterBounds = {}
): Result.Result<Parameters, ParameterRepeated | ParametersTooLarge> => {
  const tooLong = () => new ParametersTooLarge({ reason: "length", maximum: maximumLength })
  if (typeof input === "string" && input.length > maximumLength) return Result.fail(tooLong())
  const values = new Map<string, string>()
  const resources: Array<string> = []
  let length = 0
  let count = 0
  const take = (name: string, value: string): ParameterRepeated | ParametersTooLarge | undefined => {
    length += name.length + value.length
    if (length > maximumLength) return tooLong()
    if (++count > maximumParameters) return new ParametersTooLarge({ reason: "number", maximum: maximumParameters })
    if (name === "resource") {
      if (value !== "") resources.push(value)
    } else if (values.has(name)) {
      return new ParameterRepeated({ parameter: name })
    } else {
      values.set(name, value)
    }
    return undefined
  }
  const flaw = typeof input === "string" ? takeText(input, take) : takeEntries(input, take)
  if (flaw !== undefined) return Result.fail(flaw)
  return Result.succeed(new ReadParameters(values, resources))
}

// A class, since an object with a getter of its own takes longer to make than all of this.
class ReadParameters implements Parameters {
  readonly #values: ReadonlyMap<string, string>
  readonly resources: ReadonlyArray<string>
  constructor(values: ReadonlyMap<string, string>, resources: ReadonlyArray<string>) {
    this.#values = values
    this.resources = resources
  }
  readonly get = (name: string): string | undefined => this.#values.get(name) || undefined
  get names(): ReadonlyArray<string> {
    const names = [...this.#values].filter(([, value]) => value !== "").map(([name]) => name)
    return this.resources.length === 0 ? names : [...names, "resource"]
  }
}

/** Takes one parameter, and says what is wrong with it or with all of them. */
type Take<Flaw> = (name: string, value: string) => Flaw | undefined

const takeEntries = <Flaw>(entries: URLSearchParams, take: Take<Flaw>): Flaw | undefined => {
  for (const [name, value] of entries) {
    const flaw = take(name, value)
    if (flaw !== undefined) return flaw
  }
  return undefined
}

// Piece by piece, so that a bound ends the work: the platform's parser reads everything first, and that of Node takes
// quadratic time for "a&a&a…".
const takeText = <Flaw>(text: string, take: Take<Flaw>): Flaw | undefined => {
  for (let at = text.startsWith("?") ? 1 : 0; at < text.length;) {
    const next = text.indexOf("&", at)
    const end = next < 0 ? text.length : next
    if (end > at) {
      const flaw = takePiece(text.slice(at, end), take)
      if (flaw !== undefined) return flaw
    }
    at = end + 1
  }
  return undefined
}

/** Takes what stands between two "&"; most is ASCII and whole escapes, which is read without the platform's parser. */
const takePiece = <Flaw>(piece: string, take: Take<Flaw>): Flaw | undefined => {
  const mark = piece.indexOf("=")
  const name = decodeSound(mark < 0 ? piece : piece.slice(0, mark))
  const value = mark < 0 ? "" : decodeSound(piece.slice(mark + 1))
  if (name !== undefined && value !== undefined) return take(name, value)
  // Behind "&" a "?" is part of the name.
  return takeEntries(new URLSearchParams(`&${piece}`), take)
}

// What stands for itself in a form.
const PLAIN = /^[\x20-\x24\x26-\x2A\x2C-\x7E]*$/
const ASCII = /^[\x20-\x7E]*$/

/** The text, form-decoded; `undefined` where an escape is broken or of no UTF-8, or where not all is visible ASCII. */
const decodeSound = (text: string): string | undefined => {
  if (PLAIN.test(text)) return text
  if (!ASCII.test(text)) return undefined
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return undefined
  }
}
