import * as Result from "effect/Result"
import { decodeResponse, textThat } from "./json-response.ts"
import { TokenResponseMalformed } from "./rejections.ts"
import { token } from "./token-response.ts"

/**
 * Reads the JSON of a successful token exchange (RFC 8693 section 2.2.1) that was asked for something other than an access
 * token: its kind has to be the one that was asked for, and its `token_type` `N_A`. The token that was issued.
 */
export const decodeExchangeResponse = (
  json: unknown,
  issuedTokenType: string
): Result.Result<string, TokenResponseMalformed> => {
  const checks = {
    access_token: token,
    issued_token_type: textThat((type) => type === issuedTokenType, `must be ${issuedTokenType}`),
    token_type: textThat((type) => type.toLowerCase() === "n_a", "must be N_A")
  }
  return Result.mapBoth(decodeResponse(checks, json), {
    onFailure: (issues) => new TokenResponseMalformed({ issues }),
    onSuccess: (response) => response.access_token
  })
}
