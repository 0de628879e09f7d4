import { parseJwt, type UnverifiedJwt } from "@postern/jwt-verify"
import { member } from "@postern/metadata"
import * as Result from "effect/Result"
import { ClientAuthenticationFailed } from "../rejections.ts"
import { assertionAlgorithms } from "./algorithm.ts"

/** An assertion as it says of itself; nothing of it is verified. */
export interface Assertion {
  readonly jwt: UnverifiedJwt
  /** `sub`: the client that it says it is from. */
  readonly clientId: string
}

// "JWT" is what most libraries write; the first is the one of draft-ietf-oauth-rfc7523bis. What is for something else, such
// as an access token, is refused.
const FORM = { algorithms: assertionAlgorithms, types: ["client-authentication+jwt", "jwt"], typeMayBeAbsent: true }

const REASONS = {
  AlgorithmForbidden: "assertion-algorithm",
  TypeMismatch: "assertion-type",
  TokenMalformed: "malformed",
  TokenEncrypted: "malformed"
} as const

/** Reads an assertion (RFC 7523 section 3): a JWT by an algorithm that is served, about its own issuer. */
export const parseAssertion = (text: string): Result.Result<Assertion, ClientAuthenticationFailed> =>
  Result.gen(function* () {
    const jwt = yield* Result.mapError(
      parseJwt(text, FORM),
      ({ _tag }) => new ClientAuthenticationFailed({ reason: REASONS[_tag] })
    )
    // "iss" and "sub" are both the client.
    const clientId = member(jwt.claims, "sub")
    return typeof clientId !== "string" || clientId === "" || member(jwt.claims, "iss") !== clientId
      ? yield* Result.fail(new ClientAuthenticationFailed({ reason: "assertion-subject" }))
      : { jwt, clientId }
  })
