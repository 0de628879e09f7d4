import { isScopeToken, parseScope } from "@postern/scope"
import { isLoopbackHost, parseIssuer, parseResource, parseSecureUrl } from "@postern/uri"
import * as Result from "effect/Result"
import { list, numberThat, textThat } from "./check-members.ts"

const reason = (result: Result.Result<unknown, { readonly message: string }>): string | undefined =>
  Result.isFailure(result) ? `is refused: ${result.failure.message}` : undefined

/** What is wrong with the URL of an endpoint or a key set, or `undefined`: it has to be https, or http on loopback. */
export const secureUrlProblem = (text: string): string | undefined => reason(parseSecureUrl(text))

// A page is opened by a person and never dialled by us, so it may have a fragment and need not be in normal form.
const pageUrlProblem = (text: string): string | undefined => {
  // Before the parser, which would drop or repair these.
  const url = /^[^\s\\\p{Cc}]+$/u.test(text) ? URL.parse(text) : null
  if (url === null || url.username !== "" || url.password !== "")
    return "must be an absolute URL without user information"
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname))) return undefined
  return "must be an https URL, or http on loopback"
}

export const text = textThat()
export const nonEmptyText = textThat((value) => (value.trim() === "" ? "must not be blank" : undefined))
export const texts = list(text)
export const secureUrl = textThat(secureUrlProblem)
export const pageUrl = textThat(pageUrlProblem)
/** As {@link pageUrl}, or empty: what registration endpoints answer for a page that nobody named. */
export const pageUrlOrEmpty = textThat((value) => (value === "" ? undefined : pageUrlProblem(value)))
export const issuer = textThat((value) => reason(parseIssuer(value)))
export const resource = textThat((value) => reason(parseResource(value)))
export const scope = textThat((value) => reason(parseScope(value, { maximumTokens: Number.POSITIVE_INFINITY })))
export const scopeTokens = list(
  textThat((value) => (isScopeToken(value) ? undefined : "is no scope token (RFC 6749 section 3.3)"))
)
/** `client-id` and `client-secret` are `*VSCHAR` (RFC 6749 appendices A.1 and A.2); an empty one identifies nobody. */
export const visibleText = textThat((value) =>
  /^[\x20-\x7E]+$/.test(value) ? undefined : "must be printable ASCII and not empty"
)
/** Seconds since 1970-01-01T00:00:00Z; zero is allowed, it means "never" where the clause says so. */
export const timestamp = numberThat((value) =>
  value < 0 || !Number.isSafeInteger(value) ? "must be a whole number of seconds" : undefined
)
