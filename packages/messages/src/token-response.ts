import { formatScope, parseScope, type ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { type Check, decodeResponse, nullish, textThat } from "./json-response.ts"
import { TokenResponseMalformed } from "./rejections.ts"

/** What a token endpoint issues (OAuth 2.1 section 3.2.3). */
export interface TokenResponse {
  readonly accessToken: string
  /** `DPoP`: the token is bound to a key (RFC 9449 section 5). */
  readonly tokenType: "Bearer" | "DPoP"
  /** Whole seconds from now, at most a year; absent means unknown: use the token until it is refused. */
  readonly expiresIn?: number | undefined
  readonly refreshToken?: string | undefined
  /** Absent means: as requested. */
  readonly scope?: ScopeSet | undefined
}

const A_YEAR = 365 * 24 * 60 * 60

// RFC 6749 appendix A.12 allows a space, which a header (RFC 6750 section 2.1) does not: printable ASCII without it.
export const token = textThat(
  (value) => value.length <= 16_384 && /^[\x21-\x7E]+$/.test(value),
  "must be 1 to 16384 printable ASCII characters without space"
)

// "3600" is what some servers send, in the grammar of RFC 6749 appendix A.14.
const seconds: Check<string | number> = (value, refuse): value is string | number => {
  const fits =
    typeof value === "string"
      ? /^[0-9]{1,15}$/.test(value)
      : typeof value === "number" && Number.isFinite(value) && value >= 0
  if (!fits) refuse("must be a number of seconds")
  return fits
}

const scopeText = textThat((text) => Result.isSuccess(readScope(text)), "is no scope (RFC 6749 section 3.3)")

const readScope = (text: string) => parseScope(text, { maximumTokens: 256, maximumLength: 16_384 })

const checksOf = (tokenType: TokenResponse["tokenType"]) => ({
  access_token: token,
  token_type: textThat((type) => type.toLowerCase() === tokenType.toLowerCase(), `must be ${tokenType}`),
  expires_in: nullish(seconds),
  refresh_token: nullish(token),
  scope: nullish(scopeText)
})

const checks = { Bearer: checksOf("Bearer"), DPoP: checksOf("DPoP") }

/**
 * Reads the JSON of a successful token response (OAuth 2.1 section 3.2.3). The type has to be the one that was asked for:
 * `Bearer`, or `DPoP` where the request had a proof (RFC 9449 section 5); it is compared without case. A token that could
 * not stand in a header is refused; `expires_in` may be a text of digits; an optional member that is null or, for `scope`,
 * empty counts as absent; members that nobody knows are ignored.
 */
export const decodeTokenResponse = (
  json: unknown,
  tokenType: TokenResponse["tokenType"] = "Bearer"
): Result.Result<TokenResponse, TokenResponseMalformed> =>
  Result.mapBoth(decodeResponse(checks[tokenType], json), {
    onFailure: (issues) => new TokenResponseMalformed({ issues }),
    onSuccess: (response): TokenResponse => ({
      accessToken: response.access_token,
      tokenType,
      expiresIn: wholeSeconds(response.expires_in),
      refreshToken: response.refresh_token ?? undefined,
      scope: response.scope ? Result.getOrUndefined(readScope(response.scope)) : undefined
    })
  })

const wholeSeconds = (seconds: string | number | null | undefined): number | undefined =>
  seconds === undefined || seconds === null ? undefined : Math.min(Math.floor(Number(seconds)), A_YEAR)

/** What {@link formatTokenResponse} writes. */
export type IssuedTokens = TokenResponse

/** The JSON object of a token response, ready for `JSON.stringify` (OAuth 2.1 section 3.2.3); an empty scope is left out. */
export const formatTokenResponse = (response: IssuedTokens): Readonly<Record<string, string | number>> => {
  const { accessToken, expiresIn, refreshToken, scope, tokenType } = response
  const json: Record<string, string | number> = { access_token: accessToken, token_type: tokenType }
  if (expiresIn !== undefined) json["expires_in"] = expiresIn
  if (refreshToken !== undefined) json["refresh_token"] = refreshToken
  if (scope !== undefined && scope.size > 0) json["scope"] = formatScope(scope)
  return json
}
