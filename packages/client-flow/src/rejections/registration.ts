import { Rejection } from "@postern/rejection"

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
