import type { TokenRequestParameters } from "@postern/messages"
import { Failure, Rejection } from "@postern/rejection"
import type { MetadataAttempt } from "./metadata-attempt.ts"

/** How a token is asked for (OAuth 2.1 section 3.2.2). */
export type GrantType = TokenRequestParameters["grantType"]

/** An option that a client cannot be made from: `key` is its path in the options, `reason` one sentence. */
export class ConfigurationInvalid extends Rejection("ConfigurationInvalid", "Postern configuration")<{
  readonly key: string
  readonly reason: string
}> {
  override get message() {
    return `${this.key}: ${this.reason}`
  }
}

/** A request that is not for the resource (same origin, its path or one below it, its query): its token would go astray. */
export class RequestOutsideResource extends Rejection(
  "RequestOutsideResource",
  "MCP Authorization section Token Handling"
)<{ readonly resource: string; readonly origin: string; readonly path: string }> {
  override get message() {
    return `a request to ${this.origin}${this.path} must not carry the token of ${this.resource}`
  }
}

/**
 * The MCP server answered with a redirect, which is not followed: a token must not travel to where it points (`received`, where
 * the platform tells).
 */
export class ResourceRedirected extends Rejection("ResourceRedirected", "RFC 9700 section 4.12")<{
  readonly resource: string
  readonly status: number
  readonly expected: string
  readonly received: string | undefined
}> {
  override get message() {
    return `${this.resource} answered with a redirect, which is not followed`
  }
}

/** No document says which authorization server protects the resource; `tried` has every place, and what it answered. */
export class ResourceMetadataNotFound extends Rejection(
  "ResourceMetadataNotFound",
  "MCP Authorization section Protected Resource Metadata Discovery Requirements"
)<{ readonly resource: string; readonly tried: ReadonlyArray<MetadataAttempt> }> {
  override get message() {
    return `no protected resource metadata was found for ${this.resource}`
  }
}

/** `chooseAuthorizationServer` chose none of the authorization servers that the metadata of the resource names. */
export class AuthorizationServerNotNamed extends Rejection("AuthorizationServerNotNamed", "RFC 9728 section 7.6")<{
  readonly resource: string
  readonly expected: ReadonlyArray<string>
  readonly received: string | undefined
}> {
  override get message() {
    return `none of the authorization servers of ${this.resource} was chosen`
  }
}

/** The challenge names a metadata document that is not fetched: it stands at another origin, or is no secure URL. */
export class MetadataUrlForbidden extends Rejection("MetadataUrlForbidden", "RFC 9728 section 7.3")<{
  readonly resource: string
  readonly reason: "other-origin" | "url-malformed" | "transport-insecure" | "issuer-not-named"
  /** The origin that it should have. */
  readonly expected: string
  /** Where it is said to be; for `issuer-not-named` the issuer. */
  readonly received: string
}> {
  override get message() {
    return {
      "other-origin": `the metadata of ${this.resource} is said to be at another origin`,
      "url-malformed": `the metadata of ${this.resource} is said to be at something that is not an absolute URL`,
      "transport-insecure": `the metadata of ${this.resource} is said to be at a URL without TLS`,
      "issuer-not-named": `the metadata of ${this.resource} is at another origin, and names an issuer without an exception for that`
    }[this.reason]
  }
}

/** No metadata document was found for the issuer; `tried` has every place, and what it answered. */
export class ServerMetadataNotFound extends Rejection(
  "ServerMetadataNotFound",
  "MCP Authorization section Authorization Server Metadata Discovery"
)<{ readonly issuer: string; readonly tried: ReadonlyArray<MetadataAttempt> }> {
  override get message() {
    return `no authorization server metadata was found for ${this.issuer}`
  }
}

/** The server does not offer the grant that this client uses; `member` is the member of its metadata that says so. */
export class GrantUnsupported extends Rejection("GrantUnsupported", "RFC 8414 section 2")<{
  readonly issuer: string
  readonly grant: GrantType
  readonly member: "authorization_endpoint" | "response_types_supported" | "grant_types_supported"
  /** What that member should have. */
  readonly expected: string
  /** What it has; `undefined`: it is not there. */
  readonly received: ReadonlyArray<string> | undefined
}> {
  override get message() {
    return `${this.issuer} does not offer the grant ${this.grant}, by ${this.member} of its metadata`
  }
}

/** Tokens have to be bound to a key, and the server lists no algorithm for that which this client has. */
export class DpopUnsupported extends Rejection("DpopUnsupported", "RFC 9449 section 5.1")<{
  readonly issuer: string
  readonly algorithm: string
  readonly supported: ReadonlyArray<string> | undefined
}> {
  override get message() {
    return `${this.issuer} does not bind tokens to a key of ${this.algorithm}`
  }
}

/** An endpoint that is not used: it stands at another origin than its issuer, or has a fragment. */
export class EndpointForbidden extends Rejection("EndpointForbidden", "OAuth 2.1 section 7.14")<{
  readonly issuer: string
  readonly member: "authorization_endpoint" | "token_endpoint" | "registration_endpoint" | "revocation_endpoint"
  readonly origin: string
}> {
  override get message() {
    return `the ${this.member} of ${this.issuer} is at another origin (${this.origin})`
  }
}

/** There is no way to a client id: none configured, no metadata document usable, no registration endpoint. */
export class RegistrationUnavailable extends Rejection(
  "RegistrationUnavailable",
  "MCP Authorization section Client Registration"
)<{ readonly issuer: string }> {
  override get message() {
    return `${this.issuer} needs a client id that was registered beforehand`
  }
}

/**
 * The registration endpoint serves nobody without a token, a permission or a statement that this client does not have, or is
 * not there although the metadata names it. `error` is its code, if it gave one.
 */
export class RegistrationGated extends Rejection("RegistrationGated", "RFC 7591 section 3")<{
  readonly issuer: string
  readonly status: number
  readonly error?: string | undefined
}> {
  override get message() {
    return `${this.issuer} registers no clients that it does not know (${this.error ?? this.status})`
  }
}

/** The registration endpoint refused what was asked for. `error` is its code, if it gave one. */
export class RegistrationRejected extends Rejection("RegistrationRejected", "RFC 7591 section 3.2.2")<{
  readonly issuer: string
  readonly status: number
  readonly error?: string | undefined
}> {
  override get message() {
    return `${this.issuer} refused to register the client${this.error === undefined ? "" : ` (${this.error})`}`
  }
}

/** What was registered is not something that we can use: another redirect URI, or a method of authentication we lack. */
export class RegistrationUnusable extends Rejection("RegistrationUnusable", "RFC 7591 section 3.2.1")<{
  readonly issuer: string
  readonly parameter: "redirect_uris" | "token_endpoint_auth_method" | "client_id" | "client_secret" | "grant_types"
  /** What was asked for, where that may be shown. */
  readonly expected?: string | undefined
  /** What was registered instead, likewise. */
  readonly received?: string | undefined
}> {
  override get message() {
    return `${this.issuer} registered the client with a ${this.parameter} that cannot be used`
  }
}

/** The server does not know the client that was registered there, nor the one that was registered in its place. */
export class RegistrationNotRecognized extends Rejection("RegistrationNotRecognized", "RFC 6749 section 5.2")<{
  readonly issuer: string
  readonly endpoint: "authorization" | "token"
  readonly error: string
}> {
  override get message() {
    return `${this.issuer} does not know the client that is registered there (${this.error} at the ${this.endpoint} endpoint)`
  }
}

/** The token endpoint takes no method of client authentication that fits our registration, or not the algorithm of our key. */
export class ClientAuthenticationUnsupported extends Rejection(
  "ClientAuthenticationUnsupported",
  "RFC 8414 section 2"
)<{
  readonly issuer: string
  /** The member of the metadata that says so. */
  readonly member: "token_endpoint_auth_methods_supported" | "token_endpoint_auth_signing_alg_values_supported"
  /** What this client can do. */
  readonly expected: ReadonlyArray<string>
  /** What the server takes: where it says nothing, the default. */
  readonly received: ReadonlyArray<string>
}> {
  override get message() {
    return `${this.issuer} takes none of the methods by which this client can authenticate`
  }
}

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

/** The server offers no revocation: its metadata has no `revocation_endpoint`. */
export class RevocationUnsupported extends Rejection("RevocationUnsupported", "RFC 8414 section 2")<{
  readonly issuer: string
}> {
  override get message() {
    return `${this.issuer} offers no revocation of tokens`
  }
}

/** The revocation endpoint did not revoke a token; `error` is the server's code. */
export class RevocationRejected extends Rejection("RevocationRejected", "RFC 7009 section 2.2.1")<{
  readonly issuer: string
  readonly status: number
  readonly error: string
}> {
  override get message() {
    return `${this.issuer} did not revoke the token (${this.error})`
  }
}

/** The token endpoint said no. `error` is its code (RFC 6749 section 5.2). */
export class TokenRequestRejected extends Rejection("TokenRequestRejected", "RFC 6749 section 5.2")<{
  readonly issuer: string
  readonly grant: GrantType
  readonly status: number
  readonly error: string
}> {
  override get message() {
    return `${this.issuer} refused the ${this.grant} grant (${this.error})`
  }
}

/** The resource refuses the proof of possession, whatever the token is worth. */
export class ProofRefused extends Rejection("ProofRefused", "RFC 9449 section 7.1")<{
  readonly resource: string
  readonly error: "invalid_dpop_proof" | "use_dpop_nonce"
}> {
  override get message() {
    return `${this.resource} refuses the DPoP proof (${this.error})`
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

/** The resource refuses a token that was issued for it a moment ago. */
export class TokenRefused extends Rejection("TokenRefused", "RFC 6750 section 3.1")<{ readonly resource: string }> {
  override get message() {
    return `${this.resource} refuses a token that its authorization server issued for it just now`
  }
}

/**
 * An answer whose body is a page for people, or anything else that is no JSON, where the specification has JSON: it did not come
 * from the endpoint itself. `mediaType` is what it is declared as.
 */
export class AnswerNotJson extends Rejection("AnswerNotJson", "RFC 6749 section 5.2")<{
  readonly purpose: string
  readonly url: string
  readonly status: number
  readonly mediaType: string
}> {
  override get message() {
    return `${this.url} answered ${this.status} with ${this.mediaType} instead of JSON`
  }
}

/** A server answered a request of the flow with a status that means neither yes nor no (5xx, 429, and the like). */
export class ServerUnavailable extends Failure("ServerUnavailable")<{
  readonly purpose: string
  readonly url: string
  readonly status: number
  /** What the answer is declared as, without parameters. */
  readonly mediaType?: string | undefined
  /** `Retry-After` (RFC 9110 section 10.2.3): seconds; for a date that is not looked at, endless. */
  readonly retryAfter?: number | undefined
}> {
  override get message() {
    return `${this.url} answered ${this.status}`
  }
}

/** The MCP server could not be reached. */
export class ResourceUnreachable extends Failure("ResourceUnreachable")<{ readonly resource: string }> {
  override get message() {
    return `${this.resource} could not be reached`
  }
}

/** The user agent brought no callback; `reason` is the tag of what it failed with. */
export class UserAgentFailed extends Failure("UserAgentFailed")<{ readonly reason: string }> {
  override get message() {
    return `the user agent brought no authorization response (${this.reason})`
  }
}

/** The platform takes the client's key for no private key of its algorithm. */
export class ClientKeyUnusable extends Failure("ClientKeyUnusable")<{ readonly algorithm: string }> {
  override get message() {
    return `the client's key is no private key for ${this.algorithm} that this platform can use`
  }
}
