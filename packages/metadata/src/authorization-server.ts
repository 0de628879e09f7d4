import type * as Result from "effect/Result"
import { flag, optional } from "./check-members.ts"
import { decodeDocument, type DocumentCheck } from "./decode-document.ts"
import { isJsonObject } from "./json-object.ts"
import { issuer, pageUrl, scopeTokens, secureUrl, secureUrlProblem, text, texts } from "./members.ts"
import type { MetadataIssue, MetadataMalformed } from "./metadata-malformed.ts"

/**
 * OAuth 2.0 Authorization Server Metadata (RFC 8414 section 2), or the same from OpenID Connect Discovery 1.0, members
 * as on the wire.
 */
export interface AuthorizationServerMetadata {
  /** The issuer identifier, byte for byte as it came. */
  readonly issuer: string
  /** "REQUIRED unless no grant types are supported that use the authorization endpoint" (RFC 8414 section 2). */
  readonly authorization_endpoint?: string | undefined
  readonly token_endpoint: string
  readonly response_types_supported: ReadonlyArray<string>
  readonly jwks_uri?: string | undefined
  readonly registration_endpoint?: string | undefined
  readonly revocation_endpoint?: string | undefined
  readonly introspection_endpoint?: string | undefined
  readonly pushed_authorization_request_endpoint?: string | undefined
  readonly device_authorization_endpoint?: string | undefined
  readonly userinfo_endpoint?: string | undefined
  readonly scopes_supported?: ReadonlyArray<string> | undefined
  readonly response_modes_supported?: ReadonlyArray<string> | undefined
  /** Absent means `["authorization_code", "implicit"]` (RFC 8414 section 2). */
  readonly grant_types_supported?: ReadonlyArray<string> | undefined
  /** Absent means `["client_secret_basic"]` (RFC 8414 section 2). */
  readonly token_endpoint_auth_methods_supported?: ReadonlyArray<string> | undefined
  readonly token_endpoint_auth_signing_alg_values_supported?: ReadonlyArray<string> | undefined
  readonly revocation_endpoint_auth_methods_supported?: ReadonlyArray<string> | undefined
  readonly revocation_endpoint_auth_signing_alg_values_supported?: ReadonlyArray<string> | undefined
  readonly introspection_endpoint_auth_methods_supported?: ReadonlyArray<string> | undefined
  readonly introspection_endpoint_auth_signing_alg_values_supported?: ReadonlyArray<string> | undefined
  /** Absent means that the server does no PKCE: see `checkPkce`. */
  readonly code_challenge_methods_supported?: ReadonlyArray<string> | undefined
  readonly dpop_signing_alg_values_supported?: ReadonlyArray<string> | undefined
  readonly subject_types_supported?: ReadonlyArray<string> | undefined
  readonly id_token_signing_alg_values_supported?: ReadonlyArray<string> | undefined
  readonly prompt_values_supported?: ReadonlyArray<string> | undefined
  /** RFC 9728 section 4. */
  readonly protected_resources?: ReadonlyArray<string> | undefined
  readonly service_documentation?: string | undefined
  readonly op_policy_uri?: string | undefined
  readonly op_tos_uri?: string | undefined
  readonly ui_locales_supported?: ReadonlyArray<string> | undefined
  /** Whether every authorization response carries `iss` (RFC 9207 section 3). */
  readonly authorization_response_iss_parameter_supported?: boolean | undefined
  /** Whether a URL may be a client identifier (draft-ietf-oauth-client-id-metadata-document-00 section 5). */
  readonly client_id_metadata_document_supported?: boolean | undefined
  readonly require_pushed_authorization_requests?: boolean | undefined
  /** A JWT that repeats members (RFC 8414 section 2.1); not verified here, and nothing in it is used. */
  readonly signed_metadata?: string | undefined
  /** Members that this package does not know; one whose name ends in `_endpoint` is a secure URL all the same. */
  readonly [member: string]: unknown
}

const members = {
  issuer,
  authorization_endpoint: optional(secureUrl),
  token_endpoint: secureUrl,
  response_types_supported: texts,
  jwks_uri: optional(secureUrl),
  registration_endpoint: optional(secureUrl),
  revocation_endpoint: optional(secureUrl),
  introspection_endpoint: optional(secureUrl),
  pushed_authorization_request_endpoint: optional(secureUrl),
  device_authorization_endpoint: optional(secureUrl),
  userinfo_endpoint: optional(secureUrl),
  scopes_supported: optional(scopeTokens),
  response_modes_supported: optional(texts),
  grant_types_supported: optional(texts),
  token_endpoint_auth_methods_supported: optional(texts),
  token_endpoint_auth_signing_alg_values_supported: optional(texts),
  revocation_endpoint_auth_methods_supported: optional(texts),
  revocation_endpoint_auth_signing_alg_values_supported: optional(texts),
  introspection_endpoint_auth_methods_supported: optional(texts),
  introspection_endpoint_auth_signing_alg_values_supported: optional(texts),
  code_challenge_methods_supported: optional(texts),
  dpop_signing_alg_values_supported: optional(texts),
  subject_types_supported: optional(texts),
  id_token_signing_alg_values_supported: optional(texts),
  prompt_values_supported: optional(texts),
  protected_resources: optional(texts),
  service_documentation: optional(pageUrl),
  op_policy_uri: optional(pageUrl),
  op_tos_uri: optional(pageUrl),
  ui_locales_supported: optional(texts),
  authorization_response_iss_parameter_supported: optional(flag),
  client_id_metadata_document_supported: optional(flag),
  require_pushed_authorization_requests: optional(flag),
  signed_metadata: optional(text)
}

/** The members that some later specification calls an endpoint, here and among the aliases for mutual TLS. */
const otherEndpoints: DocumentCheck = (document) => [
  ...endpointIssues(document, "", (name) => !Object.hasOwn(members, name)),
  // RFC 8705 section 5
  ...(isJsonObject(document["mtls_endpoint_aliases"])
    ? endpointIssues(document["mtls_endpoint_aliases"], "mtls_endpoint_aliases.", () => true)
    : [])
]

const endpointIssues = (
  members: Readonly<Record<string, unknown>>,
  prefix: string,
  concerns: (name: string) => boolean
): ReadonlyArray<MetadataIssue> =>
  Object.entries(members).flatMap(([name, value]) => {
    if (!name.endsWith("_endpoint") || !concerns(name)) return []
    const message = typeof value === "string" ? secureUrlProblem(value) : "must be a string"
    return message === undefined ? [] : [{ path: `${prefix}${name}`, message }]
  })

/**
 * Reads a parsed authorization server metadata document (RFC 8414 section 2) or OpenID configuration: the issuer by its
 * own rules, every member that ends in `_endpoint` and `jwks_uri` https or http on loopback. Unknown members stay.
 * Whether it is the issuer's that was asked for, and whether it does PKCE, say `checkIssuer` and `checkPkce`.
 */
export const decodeAuthorizationServerMetadata = (
  json: unknown
): Result.Result<AuthorizationServerMetadata, MetadataMalformed> =>
  decodeDocument("authorization server metadata", members, json, [otherEndpoints])
