import {
  checkAgain,
  type Dialect,
  profile,
  readFacts,
  TokenBound,
  type TokenRejection,
  type VerifiedToken
} from "@postern/jwt-verify"
import * as Result from "effect/Result"
import type { IntrospectionSettings } from "./introspection-options.ts"
import type { JsonObject } from "./json-object.ts"

// RFC 7662 section 2.2 has the claims of a JWT; of those that RFC 9068 requires the servers leave these two out.
const dialect: Dialect = { ...profile, name: "rfc7662", mayLack: ["iat", "jti"] }

/** The facts of a token that is said to be active; what depends on the request is for {@link checkFacts}. */
export const readAnswer = (
  members: JsonObject,
  { audience, foreignAudiences, issuer }: IntrospectionSettings
): Result.Result<VerifiedToken, TokenRejection> =>
  readFacts(members, { issuer, audience, foreignAudiences, dialect, acceptBound: true })

/** What a request decides anew: whether the token is good now (in seconds since 1970), for this client and in this way. */
export const checkFacts = (
  token: VerifiedToken,
  { clients, clockToleranceSeconds }: Pick<IntrospectionSettings, "clients" | "clockToleranceSeconds">,
  { acceptBound, now }: { readonly acceptBound: boolean; readonly now: number }
): Result.Result<VerifiedToken, TokenRejection> => {
  if (token.keyThumbprint !== undefined && !acceptBound) return Result.fail(new TokenBound())
  const refused = checkAgain(token, { clients, clockToleranceSeconds, now })
  return refused === undefined ? Result.succeed(token) : Result.fail(refused)
}
