import { Rejection } from "@postern/rejection"
import type { GrantType } from "../grant-type.ts"
import type { MetadataAttempt } from "../metadata-attempt.ts"

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
