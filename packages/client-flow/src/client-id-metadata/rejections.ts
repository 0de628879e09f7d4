import { Rejection } from "@postern/rejection"

/**
 * What a problem of a Client ID Metadata Document is about.
 * - `client-id-url`: the URL is no identifier that a client may publish (section 3 of the draft)
 * - `size`: more bytes than servers read (section 6.6)
 * - `json`: the text is not JSON, or names a member twice
 * - `client-id-mismatch`: `client_id` is not the URL, character for character (section 4.1)
 * - `shared-secret`: a secret, or a method that relies on one (section 4.1)
 * - `member`: a member breaks RFC 7591 or the draft: redirect URIs, keys and where they lie, pages
 * - `authentication-method`: it is not said, or does not fit the keys (section 6.2)
 * - `grant-types`: it is not both of `authorization_code` and `refresh_token` (MCP Authorization section Refresh Tokens)
 * - `response-types`: there is another one than `code`
 * - `application-type`: a web application with a redirect URI of a native one (OpenID Connect Registration section 2)
 * - `redirect-uri`: too many, or one with a parameter of the response in its query
 * - `other-origin`: a redirect URI or `client_uri` at another origin than the document (section 6.1), which is not named
 */
export type ClientIdMetadataRule =
  | "client-id-url"
  | "size"
  | "json"
  | "client-id-mismatch"
  | "shared-secret"
  | "member"
  | "authentication-method"
  | "grant-types"
  | "response-types"
  | "application-type"
  | "redirect-uri"
  | "other-origin"

/** One thing that is wrong with a document. */
export interface ClientIdMetadataProblem {
  readonly rule: ClientIdMetadataRule
  /** Where: `redirect_uris[0]`, `jwks.keys[2].d`; empty for the document as a whole. */
  readonly path: string
  /** What, as the rest of a sentence that begins with the path. Never repeats the value. */
  readonly message: string
}

/** A Client ID Metadata Document that is not fit to be published; `problems` has every one of them. */
export class ClientIdMetadataInvalid extends Rejection(
  "ClientIdMetadataInvalid",
  "draft-ietf-oauth-client-id-metadata-document-00 section 4.1"
)<{ readonly problems: ReadonlyArray<ClientIdMetadataProblem> }> {
  override get message() {
    const said = this.problems.map(({ message, path }) => (path === "" ? message : `${path} ${message}`))
    return `the client ID metadata document is not fit to be published: ${said.join("; ")}`
  }
}
