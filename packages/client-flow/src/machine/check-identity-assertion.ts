import { decodeBase64Url } from "@postern/bytes"
import { type JsonObject, member, parseJsonObject } from "@postern/metadata"
import { parseScope, type ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { showable } from "../events.ts"
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
    const { audience, clientId, issuer, now, resource } = rules
    const mismatch = (claim: IdentityAssertionMismatch["claim"], expected?: string, received?: unknown) =>
      Result.fail(new IdentityAssertionMismatch({ issuer, claim, expected, received: text(received) }))
    const checkSame = (claim: IdentityAssertionMismatch["claim"], expected: string, received: unknown) =>
      received === expected ? Result.succeed(undefined) : mismatch(claim, expected, received)
    const [headerText = "", claimsText = "", ...more] = assertion.split(".")
    const header = readPart(headerText)
    const claims = readPart(claimsText)
    if (header === undefined || claims === undefined || more.length !== 1) return yield* mismatch("form")
    yield* checkSame("typ", "oauth-id-jag+jwt", member(header, "typ"))
    yield* checkSame("iss", issuer, member(claims, "iss"))
    yield* checkSame("aud", audience, sole(member(claims, "aud")))
    yield* checkSame("client_id", clientId, member(claims, "client_id"))
    yield* checkSame("resource", resource, sole(member(claims, "resource")))
    const expiry = member(claims, "exp")
    if (typeof expiry !== "number" || expiry <= now) return yield* mismatch("exp", `later than ${now}`, expiry)
    const scope = member(claims, "scope")
    return typeof scope === "string" ? Result.getOrUndefined(parseScope(scope)) : undefined
  })

// Of what names two servers, each could use it at the other.
const sole = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value)

const text = (value: unknown): string | undefined =>
  value === undefined ? undefined : showable(typeof value === "string" ? value : JSON.stringify(value))

const readPart = (part: string): JsonObject | undefined => {
  const bytes = decodeBase64Url(part)
  return bytes && Result.getOrUndefined(parseJsonObject(bytes))
}
