import type { SignatureAlgorithm } from "@postern/bytes"
import type { ClientIdMetadataDocument, JsonWebKeySet } from "@postern/metadata"
import * as Result from "effect/Result"
import { applicationTypeOf } from "../application-type.ts"
import { checkNames } from "../check-options.ts"
import type { ClientDescription } from "../options.ts"
import type { ConfigurationInvalid } from "../rejections/index.ts"
import { checkClientIdMetadata, type ClientIdMetadata } from "./check-document.ts"
import type { ClientIdMetadataPolicy } from "./policy.ts"
import type { ClientIdMetadataInvalid } from "./rejections.ts"

/** What a document is made from. */
export interface ClientIdMetadataOptions extends ClientIdMetadataPolicy {
  /** Where it will be served: https, with a path, without a query. It is the client's identifier from then on. */
  readonly url: string
  /** All that this client uses anywhere; on loopback the port may be left out or differ (RFC 8252 section 7.3). */
  readonly redirectUris: ReadonlyArray<string>
  /** As for `makeClient`. */
  readonly clientMetadata: ClientDescription
  /** Public keys, of which one belongs to `clientIdMetadataKey`: with them the client authenticates by `private_key_jwt`. */
  readonly jwks?: JsonWebKeySet | undefined
  /** Instead of the keys: where they are served, at the origin of the document. */
  readonly jwksUri?: string | undefined
  /** What assertions are signed with, if it is always the same. */
  readonly signingAlgorithm?: SignatureAlgorithm | undefined
  /** Whether tokens that are bound to no key are of no use to it (RFC 9449 section 5.2); false unless told. */
  readonly dpopBoundAccessTokens?: boolean | undefined
}

/**
 * Makes the Client ID Metadata Document of a client (draft-ietf-oauth-client-id-metadata-document-00, MCP Authorization section
 * Client ID Metadata Documents). It is checked as {@link checkClientIdMetadata} does, and says all that is wrong at once.
 */
export const makeClientIdMetadata = (
  options: ClientIdMetadataOptions
): Result.Result<ClientIdMetadata, ClientIdMetadataInvalid | ConfigurationInvalid> =>
  Result.flatMap(checkNames("", options, OPTIONS), () =>
    checkClientIdMetadata({
      ...options,
      // Members that are undefined are left out.
      text: JSON.stringify(documentOf(options))
    })
  )

const documentOf = (options: ClientIdMetadataOptions): ClientIdMetadataDocument => ({
  application_type: applicationTypeOf(options.redirectUris),
  ...options.clientMetadata,
  client_id: options.url,
  redirect_uris: options.redirectUris,
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: options.jwks === undefined && options.jwksUri === undefined ? "none" : "private_key_jwt",
  token_endpoint_auth_signing_alg: options.signingAlgorithm,
  jwks: options.jwks,
  jwks_uri: options.jwksUri,
  dpop_bound_access_tokens: options.dpopBoundAccessTokens
})

const OPTIONS: Readonly<Record<keyof ClientIdMetadataOptions, true>> = {
  url: true,
  redirectUris: true,
  clientMetadata: true,
  jwks: true,
  jwksUri: true,
  signingAlgorithm: true,
  dpopBoundAccessTokens: true,
  otherOrigins: true,
  privateUseSchemes: true
}
