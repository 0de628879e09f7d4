import { Failure, Rejection } from "@postern/rejection"

/** The identity provider's assertion is not one for this authorization server, resource and client: it is not sent on. */
export class IdentityAssertionMismatch extends Rejection(
  "IdentityAssertionMismatch",
  "draft-ietf-oauth-identity-assertion-authz-grant section 3"
)<{
  readonly issuer: string
  readonly claim: "form" | "typ" | "iss" | "aud" | "client_id" | "resource" | "exp"
  /** What the claim should say; nothing for `form`: what is no JWT is not shown. */
  readonly expected?: string | undefined
  /** What it says; `undefined` beside `expected`: it is not there. */
  readonly received?: string | undefined
}> {
  override get message() {
    return `the identity assertion of ${this.issuer} is not for this request (${this.claim})`
  }
}

/** The host brought no assertion or subject token; `reason` is the tag of what it failed with. */
export class AssertionUnavailable extends Failure("AssertionUnavailable")<{ readonly reason: string }> {
  override get message() {
    return `there is no assertion to ask for a token with (${this.reason})`
  }
}
