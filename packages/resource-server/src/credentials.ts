import { type CredentialsMalformed, parseCredentials } from "@postern/challenge-parser"
import * as Result from "effect/Result"
import { TokenMissing } from "./rejections.ts"

/**
 * The Bearer token of `Authorization` (RFC 6750 section 2.1), the scheme in any case. Another scheme, or no header, is
 * {@link TokenMissing}; two sets of credentials, or text that is no credentials, are `CredentialsMalformed`.
 */
export const readToken = (headers: Headers): Result.Result<string, TokenMissing | CredentialsMalformed> =>
  Result.flatMap(parseCredentials(headers.get("authorization")), (credentials) => {
    const token = credentials?.scheme === "bearer" ? credentials.token68 : undefined
    return token === undefined ? Result.fail(new TokenMissing()) : Result.succeed(token)
  })
