import { Rejection } from "@postern/rejection"

/** No client has this `client_id`, or none was named. */
export class ClientUnknown extends Rejection("ClientUnknown", "OAuth 2.1 section 4.1.2.1")<{
  readonly reason: "missing" | "repeated" | "unknown"
}> {
  override get message() {
    return this.reason === "unknown"
      ? "no client is known by this client_id"
      : `client_id is ${this.reason === "missing" ? "missing" : "given more than once"}`
  }
}

/**
 * The `client_id` is a URL, but what is there is no usable Client ID Metadata Document. `reason` is for the operator; the
 * peer learns only that the document was refused, so that the server cannot be used to look around its network.
 */
export class ClientDocumentRefused extends Rejection(
  "ClientDocumentRefused",
  "draft-ietf-oauth-client-id-metadata-document-00 section 4.1"
)<{ readonly clientId: string; readonly reason: string }> {
  override get message() {
    return "the client's metadata document could not be used"
  }
}

/** More documents are asked for than this server fetches. `retryAfter` is in seconds. */
export class ClientDocumentThrottled extends Rejection(
  "ClientDocumentThrottled",
  "draft-ietf-oauth-client-id-metadata-document-00 section 6.5"
)<{ readonly retryAfter: number }> {
  override get message() {
    return "too many metadata documents are asked for now"
  }
}

/** There is no redirect URI that could be used: none was sent and not exactly one is registered, or several were sent. */
export class RedirectUriMissing extends Rejection("RedirectUriMissing", "OAuth 2.1 section 2.3.2")<{
  readonly reason: "missing" | "repeated"
}> {
  override get message() {
    return this.reason === "missing"
      ? "redirect_uri is required because not exactly one is registered"
      : "redirect_uri is given more than once"
  }
}

/** A redirect URI that no client may register. */
export class RedirectUriRefused extends Rejection("RedirectUriRefused", "OAuth 2.1 section 2.3.1")<{
  readonly index: number
  readonly reason: string
}> {
  override get message() {
    return `redirect_uris[${this.index}]: ${this.reason}`
  }
}

/** The client asked that no page be shown (`prompt=none`), and one must be. */
export class InteractionRequired extends Rejection("InteractionRequired", "OpenID Connect Core section 3.1.2.6")<{
  readonly reason: "login_required" | "consent_required"
}> {
  override get message() {
    return this.reason === "login_required" ? "the user has to sign in" : "the user has to consent"
  }
}

const RESOURCE_SENTENCES = {
  missing: "resource is required",
  unknown: "no such resource here",
  "not-granted": "the grant does not cover this resource",
  several: "name one resource: no token is for several of these at once"
} as const

/** The `resource` of the request is missing, unknown here, not part of the grant, or one too many. */
export class ResourceRefused extends Rejection("ResourceRefused", "RFC 8707 section 2")<{
  readonly reason: "missing" | "unknown" | "not-granted" | "several"
}> {
  override get message() {
    return RESOURCE_SENTENCES[this.reason]
  }
}

const SCOPE_SENTENCES = {
  missing: "scope is required for this resource",
  unknown: "no scope of the request can be given for this resource and client",
  "not-granted": "the scope exceeds what was granted"
} as const

/** No scope that was asked for can be given, or more was asked for than was granted. */
export class ScopeRefused extends Rejection("ScopeRefused", "OAuth 2.1 section 3.2.2.1")<{
  readonly reason: "missing" | "unknown" | "not-granted"
}> {
  override get message() {
    return SCOPE_SENTENCES[this.reason]
  }
}

/** Everything that was asked for is kept for administrators, and this user is none. */
export class ScopeWithheld extends Rejection("ScopeWithheld", "OAuth 2.1 section 4.1.2.1") {
  override get message() {
    return "the user may not grant any of these scopes"
  }
}

/** The user said no, or ticked nothing. */
export class ConsentDenied extends Rejection("ConsentDenied", "OAuth 2.1 section 4.1.2.1") {
  override get message() {
    return "the user denied the request"
  }
}

const BODY_SENTENCES = {
  "media-type": "the content type of the body is not accepted",
  "too-large": "the body is larger than 64 kB",
  unreadable: "the body could not be read as UTF-8 text",
  "too-slow": "the body did not arrive in time"
} as const

/** The body is not what the endpoint reads. */
export class BodyRefused extends Rejection("BodyRefused", "OAuth 2.1 section 3.2.2")<{
  readonly reason: "media-type" | "too-large" | "unreadable" | "too-slow"
}> {
  override get message() {
    return BODY_SENTENCES[this.reason]
  }
}

/**
 * The client did not prove who it is by the one method that it is registered with. `reason` is for the operator; the peer
 * is told the same in every case. Those that begin with `assertion-` are rules of RFC 7523 section 3.
 */
export class ClientAuthenticationFailed extends Rejection("ClientAuthenticationFailed", "OAuth 2.1 section 3.2.4")<{
  readonly reason:
    | "client-unknown"
    | "method"
    | "secret"
    /** A shared secret, sent by a web page. */
    | "origin"
    | "malformed"
    | "assertion-type"
    | "assertion-algorithm"
    | "assertion-subject"
    | "assertion-audience"
    | "assertion-time"
    | "assertion-identifier"
    | "assertion-key"
    | "assertion-signature"
    | "assertion-replayed"
    /** The client's `jwks_uri` gave no key set that could be used. */
    | "keys-unavailable"
}> {
  override get message() {
    return "client authentication failed"
  }
}

/** The client used more than one authentication method. */
export class ClientAuthenticationRepeated extends Rejection("ClientAuthenticationRepeated", "OAuth 2.1 section 2.4") {
  override get message() {
    return "a client must not use more than one authentication method in a request"
  }
}

/** Too many wrong secrets for one client, or too many documents asked for to find it. `retryAfter` is in seconds. */
export class ClientThrottled extends Rejection("ClientThrottled", "OAuth 2.1 section 2.4.1")<{
  readonly retryAfter: number
}> {
  override get message() {
    return "too many attempts to authenticate; try again later"
  }
}

/** More is asked for under one name (client, account or browser) than the rate allows. `retryAfter` is in seconds. */
export class RequestThrottled extends Rejection("RequestThrottled", "RFC 6585 section 4")<{
  readonly retryAfter: number
}> {
  override get message() {
    return "too many requests; try again later"
  }
}

/** The client authenticated and may not ask about tokens. */
export class IntrospectionForbidden extends Rejection("IntrospectionForbidden", "RFC 7662 section 2.1") {
  override get message() {
    return "client authentication failed"
  }
}

/** The client is not registered for this grant type. */
export class GrantTypeForbidden extends Rejection("GrantTypeForbidden", "RFC 6749 section 5.2") {
  override get message() {
    return "the client may not use this grant type"
  }
}

/**
 * The authorization code or refresh token does not count (or no longer). `reason` is for the operator; the peer is told
 * the same in every case.
 */
export class GrantInvalid extends Rejection("GrantInvalid", "RFC 6749 section 5.2")<{
  readonly reason:
    | "unknown"
    | "client"
    | "redirect-uri"
    /** The proof is of another key than the one that it is bound to. */
    | "key"
    | "expired"
    | "replayed"
    | "ended"
    | "person"
    | "scope"
    | "attempts"
}> {
  override get message() {
    return "the authorization code or refresh token is invalid, expired, used or not this client's"
  }
}

/** A member of the client's metadata that is not accepted. */
export class ClientMetadataRefused extends Rejection("ClientMetadataRefused", "RFC 7591 section 3.2.2")<{
  readonly member: string
  readonly reason: string
}> {
  override get message() {
    return `${this.member}: ${this.reason}`
  }
}
