import { formatChallenge, parseChallenges } from "@postern/challenge-parser"
import * as Result from "effect/Result"
import { maskJson } from "./mask-json.ts"
import { SHOWN_CHALLENGE_PARAMETERS, SHOWN_HEADERS, SHOWN_PARAMETERS } from "./shown.ts"

/** What stands for a value that is not shown. */
export const MASKED = "REDACTED"

/** One name and its value, as HAR lists them. */
export interface Pair {
  readonly name: string
  readonly value: string
}

/** What is left of a body: forms and JSON in part, anything else not at all. */
export interface MaskedBody {
  readonly text?: string
  readonly params?: ReadonlyArray<Pair>
}

/** Takes out what may be a secret: only what stands in the lists of `shown.ts` is left. */
export interface Mask {
  readonly url: (text: string) => string
  readonly parameters: (parameters: URLSearchParams) => ReadonlyArray<Pair>
  readonly headers: (headers: Iterable<readonly [string, string]>) => ReadonlyArray<Pair>
  readonly body: (type: string, text: string) => MaskedBody
}

// A name is the sender's text too: what is no plain word may be a value in the wrong place.
const PLAIN = /^(?=.{1,64}$)[A-Za-z_]+(?:[._:/-][A-Za-z]+)*$/

/** The name of something, if it is a plain word. */
export const maskName = (name: string): string => (PLAIN.test(name) ? name : MASKED)

/** A mask; `hidden` is told each value that it takes out. */
export const makeMask = (hidden: (value: string) => void): Mask => {
  const hide = (value: string): string => {
    hidden(value)
    return MASKED
  }
  const parameters: Mask["parameters"] = (given) =>
    [...given].map(([name, value]) => ({
      name: maskName(name),
      value: SHOWN_PARAMETERS.has(name) ? show(value) : hide(value)
    }))
  const url: Mask["url"] = (text) => {
    const parsed = URL.parse(text)
    if (parsed === null) return hide(text)
    const query = parameters(parsed.searchParams).map(
      ({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
    )
    // Letter for letter where it can be: a slash too many at the end of an issuer is what somebody looks for.
    const [written = ""] = text.split(/[?#]/, 1)
    const hasUser = parsed.username !== "" || parsed.password !== ""
    const place = hasUser ? `${parsed.protocol}//${parsed.host}${parsed.pathname}` : written
    return `${place}${query.length === 0 ? "" : `?${query.join("&")}`}`
  }
  /** What may be shown; of a URL, what may be shown of its query. */
  const show = (text: string): string => (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? url(text) : text)

  const challenge = (header: string): string => {
    const parsed = parseChallenges(header)
    if (Result.isFailure(parsed)) return hide(header)
    const formatted = parsed.success.map(({ parameters, scheme, token68 }) =>
      formatChallenge({
        scheme,
        token68: token68 === undefined ? undefined : hide(token68),
        parameters: parameters.map(({ name, value }) => ({
          name,
          value: SHOWN_CHALLENGE_PARAMETERS.has(name) ? show(value) : hide(value)
        }))
      })
    )
    return formatted.map((text) => Result.getOrElse(text, () => hide(header))).join(", ")
  }
  const header = (name: string, value: string): string => {
    if (name === "location") return url(value)
    if (name === "www-authenticate") return challenge(value)
    return SHOWN_HEADERS.has(name) ? value : hide(value)
  }
  return {
    url,
    parameters,
    headers: (headers) => [...headers].map(([name, value]) => ({ name, value: header(name.toLowerCase(), value) })),
    body: (type, text) => {
      const [essence = ""] = type.toLowerCase().split(";")
      if (essence.trim() === "application/x-www-form-urlencoded") {
        return { params: parameters(new URLSearchParams(text)) }
      }
      return /^application\/(?:[\w!#$&^.-]+\+)?json$/.test(essence.trim())
        ? { text: maskJson(text, { show, hide, name: maskName }) }
        : {}
    }
  }
}
