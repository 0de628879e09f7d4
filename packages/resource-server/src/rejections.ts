import type { CredentialsMalformed } from "@postern/challenge-parser"
import type { ProofMemoryUnavailable, ProofRejection } from "@postern/dpop"
import type { KeysUnavailable, RevocationUnavailable, TokenRejection } from "@postern/jwt-verify"
import { Failure, Rejection } from "@postern/rejection"

/** An option of the guard breaks a rule: `key` names it, `reason` says which (RFC 9728 section 2). */
export class ConfigurationInvalid extends Rejection("ConfigurationInvalid", "RFC 9728 section 2")<{
  readonly key: string
  readonly reason: string
  /** The preset of `@postern/jwt-verify/presets` that made the authorization server whose option this is. */
  readonly preset?: string
}> {
  override get message() {
    const of = this.preset === undefined ? "" : ` (of the preset ${this.preset})`
    return `the guard's option ${this.key} is wrong: ${this.reason}${of}`
  }
}

/** The request brings no Bearer token (RFC 6750 section 3). */
export class TokenMissing extends Rejection("TokenMissing", "RFC 6750 section 3") {
  override get message() {
    return "the request has no access token"
  }
}

/** The token comes in the header and in the body (RFC 6750 section 2). */
export class CredentialsRepeated extends Rejection("CredentialsRepeated", "RFC 6750 section 2") {
  override get message() {
    return "the request brings an access token in more than one way"
  }
}

/** A method that an MCP endpoint does not have (MCP Streamable HTTP). */
export class MethodUnsupported extends Rejection("MethodUnsupported", "MCP transports section Streamable HTTP") {
  override get message() {
    return "the endpoint answers GET, POST and DELETE"
  }
}

/** The body is not said to be JSON (MCP Streamable HTTP). */
export class MediaTypeUnsupported extends Rejection("MediaTypeUnsupported", "MCP transports section Streamable HTTP") {
  override get message() {
    return "the body is not application/json"
  }
}

/** The body has more bytes than are read (RFC 9110 section 15.5.14). */
export class BodyTooLarge extends Rejection("BodyTooLarge", "RFC 9110 section 15.5.14")<{
  readonly maximumBytes: number
}> {
  override get message() {
    return `the body has more than ${this.maximumBytes} bytes`
  }
}

/** The id of a request, which the answer repeats (JSON-RPC 2.0 section 5). */
export type MessageId = string | number

/** The body is not a JSON-RPC message, or not one that all readers read alike (JSON-RPC 2.0 section 4). */
export class MessageMalformed extends Rejection("MessageMalformed", "JSON-RPC 2.0 section 4")<{
  readonly reason: "unreadable" | "json" | "shape"
  readonly id?: MessageId | undefined
}> {
  override get message() {
    return this.reason === "shape" ? "the body is not a JSON-RPC message" : "the body is not JSON"
  }
}

/** A header names another operation than the body (MCP Streamable HTTP, 2026-07-28). */
export class HeaderMismatch extends Rejection("HeaderMismatch", "MCP transports section Standard Request Headers")<{
  readonly header: "Mcp-Method" | "Mcp-Name"
  readonly id?: MessageId | undefined
}> {
  override get message() {
    return `${this.header} is not what the body says`
  }
}

/** The token is not bound to a key and came as DPoP, or comes as Bearer where only bound tokens are taken (RFC 9449 section 7). */
export class TokenUnbound extends Rejection("TokenUnbound", "RFC 9449 section 7") {
  override get message() {
    return "the access token is not bound to a key"
  }
}

/** No session of this caller has the id that the request names: there is none, or it is another's (MCP Streamable HTTP). */
export class SessionUnknown extends Rejection("SessionUnknown", "MCP transports section Session Management")<{
  readonly id?: MessageId | undefined
}> {
  override get message() {
    return "there is no such session of this caller"
  }
}

/** The token lacks a scope that no client may step up to: `closed` are those of `missing` (RFC 6750 section 3.1). */
export class StepUpClosed extends Rejection("StepUpClosed", "RFC 6750 section 3.1")<{
  readonly needed: ReadonlyArray<string>
  readonly missing: ReadonlyArray<string>
  readonly closed: ReadonlyArray<string>
}> {
  override get message() {
    return "the access token lacks a scope that a client cannot ask for here"
  }
}

/** The token lacks scopes: `needed` are all that the operation needs, `missing` those not held (RFC 6750 section 3.1). */
export class ScopeInsufficient extends Rejection("ScopeInsufficient", "RFC 6750 section 3.1")<{
  readonly needed: ReadonlyArray<string>
  readonly missing: ReadonlyArray<string>
}> {
  override get message() {
    return "the access token lacks a scope that the operation needs"
  }
}

/** The authorization server says that the token is not active (RFC 7662 section 2.2). */
export class TokenInactive extends Rejection("TokenInactive", "RFC 7662 section 2.2") {
  override get message() {
    return "the access token is not active"
  }
}

/** No rule names the operation, so no scope opens it (MCP security considerations, least privilege). */
export class OperationUnnamed extends Rejection("OperationUnnamed", "MCP authorization section Error Handling") {
  override get message() {
    return "no rule allows the operation"
  }
}

/** Everything that a request can be refused for because of what it is. */
export type GuardRejection =
  | TokenRejection
  | CredentialsMalformed
  | TokenMissing
  | CredentialsRepeated
  | MethodUnsupported
  | MediaTypeUnsupported
  | BodyTooLarge
  | MessageMalformed
  | HeaderMismatch
  | ScopeInsufficient
  | StepUpClosed
  | OperationUnnamed
  | SessionUnknown
  | TokenUnbound
  | ProofRejection
  | TokenInactive

/** The authorization server could not be asked about a token (RFC 7662 section 2). */
export class IntrospectionUnavailable extends Failure("IntrospectionUnavailable")<{
  readonly issuer: string
  readonly reason: "network" | "timeout" | "status" | "malformed" | "refused"
}> {
  override get message() {
    return `${this.issuer} could not be asked about a token: ${this.reason}`
  }
}

/** Everything that a request can be refused for. */
export type Refusal =
  | GuardRejection
  | KeysUnavailable
  | RevocationUnavailable
  | IntrospectionUnavailable
  | ProofMemoryUnavailable
