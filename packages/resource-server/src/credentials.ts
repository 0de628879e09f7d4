import { type CredentialsMalformed, parseCredentials } from "@postern/challenge-parser"
import * as Result from "effect/Result"
import { TokenMissing } from "./rejections.ts"

/** How a token is sent (RFC 6750 section 2.1, RFC 9449 section 7.1). */
export type Scheme = "Bearer" | "DPoP"

/** The token of a request, not judged yet. */
export interface Credentials {
  readonly scheme: Scheme
  readonly token: string
}

/**
 * The token of `Authorization`, the scheme in any case. Another scheme (DPoP is one unless `dpop`), or no header, is
 * {@link TokenMissing}; two sets of credentials, or text that is no credentials, are `CredentialsMalformed`.
 */
export const readCredentials = (
  authorization: string | null,
  { dpop }: { readonly dpop: boolean }
): Result.Result<Credentials, TokenMissing | CredentialsMalformed> =>
  Result.flatMap(parseCredentials(authorization), (credentials): Result.Result<Credentials, TokenMissing> => {
    const token = credentials?.token68
    if (token === undefined) return Result.fail(new TokenMissing())
    if (credentials?.scheme === "bearer") return Result.succeed({ scheme: "Bearer", token })
    if (credentials?.scheme === "dpop" && dpop) return Result.succeed({ scheme: "DPoP", token })
    return Result.fail(new TokenMissing())
  })

/**
 * What stands behind `Bearer ` in a header that holds one set of credentials at most; `undefined` for all that has to be read
 * properly. Only good for asking whether that very text was verified before.
 */
export const likelyToken = (authorization: string | null): string | undefined =>
  authorization !== null && authorization.startsWith("Bearer ") && !authorization.includes(",")
    ? authorization.slice(7)
    : undefined
