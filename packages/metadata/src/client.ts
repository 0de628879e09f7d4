import type * as Result from "effect/Result"
import { flag, oneOf, optional } from "./check-members.ts"
import { decodeDocument } from "./decode-document.ts"
import { publicKeyIssues } from "./json-web-keys.ts"
import { pageUrl, pageUrlOrEmpty, scope, secureUrl, text, texts, timestamp, visibleText } from "./members.ts"
import type { MetadataMalformed } from "./metadata-malformed.ts"

/** What a client says about itself (RFC 7591 section 2), members as on the wire. */
export interface ClientMetadata {
  readonly redirect_uris?: ReadonlyArray<string> | undefined
  /** Absent means `client_secret_basic` (RFC 7591 section 2). */
  readonly token_endpoint_auth_method?: string | undefined
  readonly token_endpoint_auth_signing_alg?: string | undefined
  /** Absent means `["authorization_code"]` (RFC 7591 section 2). */
  readonly grant_types?: ReadonlyArray<string> | undefined
  /** Absent means `["code"]` (RFC 7591 section 2). */
  readonly response_types?: ReadonlyArray<string> | undefined
  readonly client_name?: string | undefined
  readonly client_uri?: string | undefined
  readonly logo_uri?: string | undefined
  /** Space-separated scope tokens. */
  readonly scope?: string | undefined
  readonly contacts?: ReadonlyArray<string> | undefined
  readonly tos_uri?: string | undefined
  readonly policy_uri?: string | undefined
  readonly jwks_uri?: string | undefined
  readonly jwks?: JsonWebKeySet | undefined
  readonly software_id?: string | undefined
  readonly software_version?: string | undefined
  readonly software_statement?: string | undefined
  /** OpenID Connect Dynamic Client Registration 1.0 section 2. */
  readonly application_type?: "native" | "web" | undefined
  readonly dpop_bound_access_tokens?: boolean | undefined
  /** Members that this package does not know, and translations such as `client_name#ja`. */
  readonly [member: string]: unknown
}

/** Public keys (RFC 7517 section 5). */
export interface JsonWebKeySet {
  readonly keys: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly [member: string]: unknown
}

/** What a registration endpoint answers (RFC 7591 section 3.2.1): the metadata as registered, and what was issued. */
export interface ClientInformation extends ClientMetadata {
  readonly client_id: string
  readonly client_secret?: string | undefined
  /** Seconds since the epoch. */
  readonly client_id_issued_at?: number | undefined
  /** Seconds since the epoch; 0 means that the secret does not expire. */
  readonly client_secret_expires_at?: number | undefined
  /** RFC 7592 section 3. */
  readonly registration_access_token?: string | undefined
  readonly registration_client_uri?: string | undefined
}

const members = (page: typeof pageUrl) => ({
  redirect_uris: optional(texts),
  token_endpoint_auth_method: optional(text),
  token_endpoint_auth_signing_alg: optional(text),
  grant_types: optional(texts),
  response_types: optional(texts),
  client_name: optional(text),
  client_uri: optional(page),
  logo_uri: optional(page),
  contacts: optional(texts),
  tos_uri: optional(page),
  policy_uri: optional(page),
  jwks_uri: optional(secureUrl),
  // The keys themselves are looked at by publicKeyIssues.
  jwks: optional((_value): _value is JsonWebKeySet => true),
  software_id: optional(text),
  software_version: optional(text),
  software_statement: optional(text),
  application_type: optional(oneOf("native", "web")),
  dpop_bound_access_tokens: optional(flag)
})

/** The members of RFC 7591 section 2 but `scope`, for the documents of this package. */
export const clientMetadataMembers = members(pageUrl)

const clientMetadata = { ...clientMetadataMembers, scope: optional(scope) }

const clientInformation = {
  ...members(pageUrlOrEmpty),
  scope: optional(scope),
  client_id: visibleText,
  client_secret: optional(visibleText),
  client_id_issued_at: optional(timestamp),
  client_secret_expires_at: optional(timestamp),
  registration_access_token: optional(visibleText),
  registration_client_uri: optional(secureUrl)
}

/**
 * Reads the body of a registration request (RFC 7591 section 2): shapes, URLs and public keys. What a redirect URI may be
 * is decided by `parseRedirectUri` of `@postern/uri`, and which methods and grants are served by the server.
 */
export const decodeClientMetadata = (json: unknown): Result.Result<ClientMetadata, MetadataMalformed> =>
  decodeDocument("client metadata", clientMetadata, json, [publicKeyIssues])

/** Reads the answer of a registration endpoint (RFC 7591 section 3.2.1); identifier and secret are printable ASCII. */
export const decodeClientInformation = (json: unknown): Result.Result<ClientInformation, MetadataMalformed> =>
  decodeDocument("client information", clientInformation, json, [publicKeyIssues])
