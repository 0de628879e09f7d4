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
  const tooLong = () => Result.fail(new ParametersTooLarge({ reason: "length", maximum: maximumLength }))
  if (typeof input === "string" && input.length > maximumLength) return tooLong()
  const values = new Map<string, string>()
  const resources: Array<string> = []
  let length = 0
  let count = 0
  for (const [name, value] of typeof input === "string" ? entriesOf(input) : input) {
    length += name.length + value.length
    if (length > maximumLength) return tooLong()
    if (++count > maximumParameters) {
      return Result.fail(new ParametersTooLarge({ reason: "number", maximum: maximumParameters }))
    }
    if (name === "resource") {
      if (value !== "") resources.push(value)
    } else if (values.has(name)) {
      return Result.fail(new ParameterRepeated({ parameter: name }))
    } else {
      values.set(name, value)
    }
  }
  return Result.succeed({
    get: (name) => values.get(name) || undefined,
    resources,
    get names() {
      const names = [...values].filter(([, value]) => value !== "").map(([name]) => name)
      return resources.length === 0 ? names : [...names, "resource"]
    }
  })
}

// Piece by piece, so that a bound ends the work: the platform's parser reads everything first, and that of Node takes
// quadratic time for "a&a&a…".
function* entriesOf(text: string): Generator<readonly [name: string, value: string]> {
  for (let at = text.startsWith("?") ? 1 : 0; at < text.length;) {
    const next = text.indexOf("&", at)
    const end = next < 0 ? text.length : next
    // Behind "&" a "?" is part of the name.
    if (end > at) yield* new URLSearchParams(`&${text.slice(at, end)}`)
    at = end + 1
  }
}
