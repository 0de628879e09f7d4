import { decodeBase64Url } from "@postern/bytes"
import { type JsonObject, member, parseJsonObject } from "@postern/metadata"
import { parseScope, type ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { IdentityAssertionMismatch } from "./rejections.ts"

/** What an ID-JAG has to be for. */
export interface AssertionRules {
  /** The identity provider. */
  readonly issuer: string
  /** The authorization server that it is sent to. */
  readonly audience: string
  /** The client, as that server knows it. */
  readonly clientId: string
  readonly resource: string
  /** Seconds since 1970. */
  readonly now: number
}

/**
 * Whether an ID-JAG is for this server, client and resource (draft-ietf-oauth-identity-assertion-authz-grant section 3): what
 * is for another server is not shown to this one. Its signature is the server's to check. The scope that it allows.
 */
export const checkIdentityAssertion = (
  assertion: string,
  rules: AssertionRules
): Result.Result<ScopeSet | undefined, IdentityAssertionMismatch> =>
  Result.gen(function* () {
    const { issuer } = rules
    const mismatch = (claim: IdentityAssertionMismatch["claim"]) =>
      Result.fail(new IdentityAssertionMismatch({ issuer, claim }))
    const [headerText = "", claimsText = "", ...more] = assertion.split(".")
    const header = readPart(headerText)
    const claims = readPart(claimsText)
    if (header === undefined || claims === undefined || more.length !== 1) return yield* mismatch("form")
    if (member(header, "typ") !== "oauth-id-jag+jwt") return yield* mismatch("typ")
    if (member(claims, "iss") !== issuer) return yield* mismatch("iss")
    if (!isOnly(member(claims, "aud"), rules.audience)) return yield* mismatch("aud")
    if (member(claims, "client_id") !== rules.clientId) return yield* mismatch("client_id")
    if (!isOnly(member(claims, "resource"), rules.resource)) return yield* mismatch("resource")
    const expiry = member(claims, "exp")
    if (typeof expiry !== "number" || expiry <= rules.now) return yield* mismatch("exp")
    const scope = member(claims, "scope")
    return typeof scope === "string" ? Result.getOrUndefined(parseScope(scope)) : undefined
  })

// Of what names two servers, each could use it at the other.
const isOnly = (value: unknown, expected: string): boolean =>
  value === expected || (Array.isArray(value) && value.length === 1 && value[0] === expected)

const readPart = (part: string): JsonObject | undefined => {
  const bytes = decodeBase64Url(part)
  return bytes && Result.getOrUndefined(parseJsonObject(bytes))
}
