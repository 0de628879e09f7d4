import * as Result from "effect/Result"
import { cleanDescription, cleanErrorUri, type DescribedError, sendableDescription } from "./described-error.ts"
import { isUnquoted, visible } from "./grammar.ts"
import { parseParameters } from "./parameters.ts"
import { appendQuery } from "./query.ts"
import { ParameterInvalid, ParameterMissing, type ParameterRepeated, type ParametersTooLarge } from "./rejections.ts"

/** A code, as it comes back to the client (OAuth 2.1 section 4.1.2). */
export interface CodeResponse {
  readonly code: string
  readonly state?: string | undefined
  /** The issuer that answers (RFC 9207 section 2). */
  readonly iss?: string | undefined
}

/** An error, as it comes back to the client (OAuth 2.1 section 4.1.2.1). */
export interface AuthorizationErrorResponse extends DescribedError {
  readonly state?: string | undefined
  readonly iss?: string | undefined
}

/** Either of the two; `"code" in response` tells which. */
export type AuthorizationResponse = CodeResponse | AuthorizationErrorResponse

const OWNED: ReadonlySet<string> = new Set(["code", "state", "iss", "error", "error_description", "error_uri"])

/**
 * Reads the query of a callback. A repeated parameter, a code beside an error, neither of them, and a code with control or
 * non-ASCII characters are refused. Nothing is compared yet: `state` and `iss` are the caller's to check, before it acts
 * on or shows anything else.
 */
export const parseAuthorizationResponse = (
  query: URLSearchParams | string
): Result.Result<AuthorizationResponse, ParameterRepeated | ParametersTooLarge | ParameterMissing | ParameterInvalid> =>
  Result.gen(function* () {
    const parameters = yield* parseParameters(query)
    const code = parameters.get("code")
    const error = parameters.get("error")
    const common = { state: parameters.get("state"), iss: parameters.get("iss") }
    if (code !== undefined && error !== undefined) {
      return yield* Result.fail(new ParameterInvalid({ parameter: "error", reason: "conflict" }))
    }
    if (code !== undefined) return { code: yield* visible("code", code), ...common }
    if (error === undefined) {
      return yield* Result.fail(new ParameterMissing({ parameter: "code", spec: "OAuth 2.1 section 4.1.2" }))
    }
    if (!isUnquoted(error)) {
      return yield* Result.fail(new ParameterInvalid({ parameter: "error", reason: "characters" }))
    }
    return {
      error,
      errorDescription: cleanDescription(parameters.get("error_description")),
      errorUri: cleanErrorUri(parameters.get("error_uri")),
      ...common
    }
  })

/**
 * The URI to redirect to (OAuth 2.1 sections 4.1.2 and 4.1.2.1): the redirect URI with its own query byte for byte, then
 * the parameters of the response, each once and form-encoded, so that no value can end a header or begin a parameter.
 */
export const buildAuthorizationResponse = (redirectUri: string, response: AuthorizationResponse): string =>
  appendQuery(
    redirectUri,
    [
      ...("code" in response
        ? ([["code", response.code]] as const)
        : ([
            ["error", response.error],
            ["error_description", sendableDescription(response.errorDescription)],
            ["error_uri", response.errorUri]
          ] as const)),
      ["state", response.state],
      ["iss", response.iss]
    ],
    OWNED
  )
