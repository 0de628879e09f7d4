import { Failure, Rejection } from "@postern/rejection"

/** The callback arrived at another URL than the redirect URI of this flow. */
export class CallbackUrlMismatch extends Rejection("CallbackUrlMismatch", "OAuth 2.1 section 4.1.2")<{
  readonly expected: string
  /** Without the values of its parameters. */
  readonly received: string
}> {
  override get message() {
    return `the authorization response did not arrive at ${this.expected}`
  }
}

/** The `iss` of the authorization response is not the issuer of this flow, or is absent although it was promised. */
export class AuthorizationIssuerMismatch extends Rejection("AuthorizationIssuerMismatch", "RFC 9207 section 2.4")<{
  readonly expected: string
  readonly received: string | undefined
}> {
  override get message() {
    return this.received === undefined
      ? `the authorization response has no iss, although ${this.expected} promises one`
      : `the authorization response is not from ${this.expected}`
  }
}

/** The authorization response does not carry the `state` of this flow. */
export class StateMismatch extends Rejection("StateMismatch", "OAuth 2.1 section 4.1.2")<{
  readonly received: "absent" | "different"
}> {
  override get message() {
    return "the authorization response does not belong to this flow: its state is another"
  }
}

/** The authorization server, or the user at it, said no. `error` is its code (RFC 6749 section 4.1.2.1). */
export class AuthorizationRefused extends Rejection("AuthorizationRefused", "RFC 6749 section 4.1.2.1")<{
  readonly issuer: string
  readonly error: string
  readonly description?: string | undefined
}> {
  override get message() {
    return `${this.issuer} refused the authorization (${this.error})`
  }
}

/** The user agent brought no callback; `reason` is the tag of what it failed with. */
export class UserAgentFailed extends Failure("UserAgentFailed")<{ readonly reason: string }> {
  override get message() {
    return `the user agent brought no authorization response (${this.reason})`
  }
}

/** The token that was granted lacks the scope that the resource demands; asking once more would change nothing. */
export class ScopeNotGranted extends Rejection("ScopeNotGranted", "RFC 6749 section 3.3")<{
  readonly resource: string
  readonly missing: ReadonlyArray<string>
  readonly expected: ReadonlyArray<string>
  readonly received: ReadonlyArray<string>
}> {
  override get message() {
    return `the scope that ${this.resource} demands was not granted: ${this.missing.join(" ")}`
  }
}

/** The policy of this client (`scope.onStepUp`) does not want the scopes that the resource demands. */
export class StepUpDeclined extends Rejection(
  "StepUpDeclined",
  "MCP Authorization section Step-Up Authorization Flow"
)<{ readonly resource: string; readonly added: ReadonlyArray<string> }> {
  override get message() {
    return `more rights at ${this.resource} were declined by this client: ${this.added.join(" ")}`
  }
}

/**
 * The operation was authorized as often as is allowed, and the resource still demands more. `until` is when it may be authorized
 * again, in seconds since 1970: the pause doubles each time, until the operation works.
 */
export class AuthorizationLimitReached extends Rejection(
  "AuthorizationLimitReached",
  "MCP Authorization section Step-Up Authorization Flow"
)<{ readonly resource: string; readonly operation: string; readonly attempts: number; readonly until: number }> {
  override get message() {
    return `${this.resource} refuses ${this.operation} after ${this.attempts} authorizations`
  }
}
