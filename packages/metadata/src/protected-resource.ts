import type * as Result from "effect/Result"
import { flag, list, optional } from "./check-members.ts"
import { decodeDocument } from "./decode-document.ts"
import { issuer, pageUrl, resource, scopeTokens, secureUrl, text, texts } from "./members.ts"
import type { MetadataMalformed } from "./metadata-malformed.ts"

/** OAuth 2.0 Protected Resource Metadata (RFC 9728 section 2), members as on the wire. */
export interface ProtectedResourceMetadata {
  /** The resource identifier, byte for byte as it came. */
  readonly resource: string
  /** Issuer identifiers; at least one (MCP Authorization section Authorization Server Location). */
  readonly authorization_servers: ReadonlyArray<string>
  readonly jwks_uri?: string | undefined
  readonly scopes_supported?: ReadonlyArray<string> | undefined
  readonly bearer_methods_supported?: ReadonlyArray<string> | undefined
  readonly resource_signing_alg_values_supported?: ReadonlyArray<string> | undefined
  readonly resource_name?: string | undefined
  readonly resource_documentation?: string | undefined
  readonly resource_policy_uri?: string | undefined
  readonly resource_tos_uri?: string | undefined
  readonly tls_client_certificate_bound_access_tokens?: boolean | undefined
  readonly authorization_details_types_supported?: ReadonlyArray<string> | undefined
  readonly dpop_signing_alg_values_supported?: ReadonlyArray<string> | undefined
  readonly dpop_bound_access_tokens_required?: boolean | undefined
  /** A JWT that repeats members (RFC 9728 section 2.2); not verified here, and nothing in it is used. */
  readonly signed_metadata?: string | undefined
  /** Members that this package does not know, and translations such as `resource_name#ja`. */
  readonly [member: string]: unknown
}

const members = {
  resource,
  authorization_servers: list(issuer, 1),
  jwks_uri: optional(secureUrl),
  scopes_supported: optional(scopeTokens),
  bearer_methods_supported: optional(texts),
  resource_signing_alg_values_supported: optional(texts),
  resource_name: optional(text),
  resource_documentation: optional(pageUrl),
  resource_policy_uri: optional(pageUrl),
  resource_tos_uri: optional(pageUrl),
  tls_client_certificate_bound_access_tokens: optional(flag),
  authorization_details_types_supported: optional(texts),
  dpop_signing_alg_values_supported: optional(texts),
  dpop_bound_access_tokens_required: optional(flag),
  signed_metadata: optional(text)
}

/**
 * Reads a parsed protected resource metadata document (RFC 9728 section 2): `resource` by the rules of RFC 8707 section
 * 2, every authorization server by those of RFC 8414 section 2, URLs https or http on loopback. Unknown members stay.
 * Whether it is the document of the resource that was asked for is `checkResource`'s business.
 */
export const decodeProtectedResourceMetadata = (
  json: unknown
): Result.Result<ProtectedResourceMetadata, MetadataMalformed> =>
  decodeDocument("protected resource metadata", members, json)
