import * as Result from "effect/Result"
import { cleanDescription, cleanErrorUri, type DescribedError, sendableDescription } from "./described-error.ts"
import { isUnquoted } from "./grammar.ts"
import { type Check, decodeResponse, textThat } from "./json-response.ts"
import { ErrorResponseMalformed } from "./rejections.ts"

/** What an endpoint answers instead of what was asked for (OAuth 2.1 section 3.2.4, RFC 7591 section 3.2.2). */
export interface ErrorResponse extends DescribedError {}

const anything: Check<unknown> = (_value): _value is unknown => true

const checks = {
  error: textThat((text) => text.length <= 200 && isUnquoted(text), "must be 1 to 200 characters of its grammar"),
  // Only `error` is needed to go on: what is wrong with the other two is no reason to lose it.
  error_description: anything,
  error_uri: anything
}

/**
 * Reads the JSON of an error response (OAuth 2.1 section 3.2.4), tolerantly: `error` has to be there, description and URI
 * are cleaned, and dropped where they are no text.
 */
export const decodeErrorResponse = (json: unknown): Result.Result<ErrorResponse, ErrorResponseMalformed> =>
  Result.mapBoth(decodeResponse(checks, json), {
    onFailure: (issues) => new ErrorResponseMalformed({ issues }),
    onSuccess: (response): ErrorResponse => ({
      error: response.error,
      errorDescription: cleanDescription(textOrNothing(response.error_description)),
      errorUri: cleanErrorUri(textOrNothing(response.error_uri))
    })
  })

const textOrNothing = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** The JSON object of an error response; characters that a description may not have are left out of it. */
export const formatErrorResponse = (response: ErrorResponse): Readonly<Record<string, string>> => {
  const description = sendableDescription(response.errorDescription)
  return {
    error: response.error,
    ...(description === undefined ? {} : { error_description: description }),
    ...(response.errorUri === undefined ? {} : { error_uri: response.errorUri })
  }
}
