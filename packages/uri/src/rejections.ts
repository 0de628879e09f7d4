import { Rejection } from "@postern/rejection"

// Marked pure, so that a bundle has only those of these classes that its program can meet.

/**
 * What is wrong with the text of a URL.
 * - `characters`: holds a character or a percent escape that RFC 3986 does not know, for example a space, a tab or `\`
 * - `not-absolute`: no scheme, or no host where the scheme needs one
 * - `userinfo`: holds `user@` or `user:password@`, even empty
 * - `fragment`: holds `#`, even with nothing after it
 * - `not-canonical`: a URL parser would repair it (upper-case host, default port, dot segments, missing slashes)
 * - `query`: holds `?`, even with nothing after it, where none may stand
 * - `path`: has no path where one must stand, or an empty one
 * - `too-long`: longer than 2048 characters
 */
export type UrlFlaw =
  | "characters"
  | "not-absolute"
  | "userinfo"
  | "fragment"
  | "not-canonical"
  | "query"
  | "path"
  | "too-long"

// No interface: one that fits `Record<string, unknown>` would let callers read members that do not exist.
type Flawed = { readonly reason: UrlFlaw }

/** The scheme is neither https nor http on a loopback host. `scheme` is without its colon. */
export class TransportInsecure
  extends /*#__PURE__*/ Rejection("TransportInsecure", "OAuth 2.1 section 1.5")<{
    readonly scheme: string
    readonly host: string
  }>
{
  override get message() {
    return "the URL must be https, or http on a loopback host"
  }
}

/** Not the text of an absolute URL. */
export class UrlMalformed extends /*#__PURE__*/ Rejection("UrlMalformed", "RFC 3986 section 4.3")<Flawed> {
  override get message() {
    return `the URL is malformed (${this.reason})`
  }
}

/** Not the text of an issuer identifier. */
export class IssuerMalformed extends /*#__PURE__*/ Rejection("IssuerMalformed", "RFC 8414 section 2")<Flawed> {
  override get message() {
    return `the issuer identifier is malformed (${this.reason})`
  }
}

/** Not the text of a resource identifier. */
export class ResourceMalformed extends /*#__PURE__*/ Rejection("ResourceMalformed", "RFC 8707 section 2")<Flawed> {
  override get message() {
    return `the resource identifier is malformed (${this.reason})`
  }
}

/** Not the text of a client identifier URL. */
export class ClientIdMalformed
  extends /*#__PURE__*/ Rejection(
    "ClientIdMalformed",
    "draft-ietf-oauth-client-id-metadata-document-00 section 3"
  )<Flawed>
{
  override get message() {
    return `the client identifier URL is malformed (${this.reason})`
  }
}

/** Not the text of a redirect URI. */
export class RedirectUriMalformed
  extends /*#__PURE__*/ Rejection("RedirectUriMalformed", "OAuth 2.1 section 2.3")<Flawed>
{
  override get message() {
    return `the redirect URI is malformed (${this.reason})`
  }
}

/**
 * A redirect URI that is well formed but may not be registered.
 * - `scheme`: neither https, http on loopback, a reverse-domain scheme, nor one named as an exception
 * - `wildcard`: holds `*`
 * - `dot-segment`: a path segment hides `.` or `..` behind a percent escape or a path parameter
 * - `control-character`: a percent escape stands for a control character
 * - `authority`: `//` after a private-use scheme (RFC 8252 section 7.1: a single slash)
 * - `too-many`: more redirect URIs than may be registered
 */
export class RedirectUriForbidden
  extends /*#__PURE__*/ Rejection("RedirectUriForbidden", "OAuth 2.1 section 2.3.1")<{
    readonly reason: "scheme" | "wildcard" | "dot-segment" | "control-character" | "authority" | "too-many"
  }>
{
  override get message() {
    return `the redirect URI may not be registered (${this.reason})`
  }
}

/** The presented redirect URI is none of the registered ones. */
export class RedirectUriMismatch
  extends /*#__PURE__*/ Rejection("RedirectUriMismatch", "OAuth 2.1 section 2.3.1")<{
    readonly received: string
  }>
{
  override get message() {
    return "the redirect URI is not one of those registered"
  }
}
