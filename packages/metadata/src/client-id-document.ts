import { Rejection } from "@postern/rejection"
import { parseRedirectUri } from "@postern/uri"
import * as Result from "effect/Result"
import { type ClientMetadata, clientMetadataMembers } from "./client.ts"
import { list, oneOf, optional } from "./check-members.ts"
import { decodeDocument, type DocumentCheck } from "./decode-document.ts"
import { isJsonObject, type JsonObject } from "./json-object.ts"
import { publicKeyIssues } from "./json-web-keys.ts"
import { nonEmptyText, text } from "./members.ts"
import type { MetadataIssue, MetadataMalformed } from "./metadata-malformed.ts"

const SPEC = "draft-ietf-oauth-client-id-metadata-document-00 section 4.1"

/** A document whose `client_id` is not, character for character, the URL that it was fetched from. */
export class ClientIdMismatch extends Rejection("ClientIdMismatch", SPEC)<{
  readonly expected: string
  readonly received: string
}> {
  override get message() {
    return "the client_id of the client ID metadata document is not the URL of the document"
  }
}

/** A document that holds or relies on a shared secret; `member` says by which member. */
export class ClientSecretForbidden extends Rejection("ClientSecretForbidden", SPEC)<{
  readonly member: "client_secret" | "client_secret_expires_at" | "token_endpoint_auth_method"
}> {
  override get message() {
    return `the client ID metadata document relies on a shared secret, by its member ${this.member}`
  }
}

/** A client that is identified by the URL of this document (draft-ietf-oauth-client-id-metadata-document-00 section 4). */
export interface ClientIdMetadataDocument extends ClientMetadata {
  readonly client_id: string
  readonly client_name: string
  readonly redirect_uris: ReadonlyArray<string>
  /** Never one with a shared secret: a client that is known by a URL has none. */
  readonly token_endpoint_auth_method?: "none" | "private_key_jwt" | undefined
}

/** What {@link decodeClientIdMetadataDocument} has to know. */
export interface ClientIdDocumentOptions {
  /** The URL that the document was fetched from, as the client wrote it. */
  readonly url: string
  /** Private-use redirect schemes that are accepted by exception, as in `parseRedirectUri` of `@postern/uri`. */
  readonly allowPrivateUse?: ReadonlyArray<string> | undefined
}

const members = {
  ...clientMetadataMembers,
  client_id: text,
  client_name: nonEmptyText,
  redirect_uris: list(text, 1),
  token_endpoint_auth_method: optional(oneOf("none", "private_key_jwt"))
}

/**
 * Reads a Client ID Metadata Document that was fetched from `url`. Demands `client_id` equal to `url` by simple string
 * comparison, `client_name` and `redirect_uris` (MCP Authorization section Client ID Metadata Documents), redirect URIs
 * that `@postern/uri` accepts, public keys of the document's own origin, and no shared secret in any form. The result has
 * the members of RFC 7591 and their translations: whatever else a stranger writes (`trusted`, `skip_consent`), and
 * `scope`, ends here.
 */
export const decodeClientIdMetadataDocument = (
  json: unknown,
  options: ClientIdDocumentOptions
): Result.Result<ClientIdMetadataDocument, MetadataMalformed | ClientIdMismatch | ClientSecretForbidden> =>
  Result.gen(function* () {
    const member = isJsonObject(json) ? secretMember(json) : undefined
    if (member !== undefined) return yield* Result.fail(new ClientSecretForbidden({ member }))
    const document = yield* decodeDocument(
      "client ID metadata document",
      members,
      isJsonObject(json) ? known(json) : json,
      [redirectIssues(options.allowPrivateUse), publicKeyIssues, keyLocationIssues(options.url)]
    )
    if (document.client_id !== options.url) {
      return yield* Result.fail(new ClientIdMismatch({ expected: options.url, received: document.client_id }))
    }
    return document
  })

const secretMember = (json: JsonObject): ClientSecretForbidden["member"] | undefined => {
  // Even null: "client_secret and client_secret_expires_at MUST NOT be used".
  if (Object.hasOwn(json, "client_secret")) return "client_secret"
  if (Object.hasOwn(json, "client_secret_expires_at")) return "client_secret_expires_at"
  const method = json["token_endpoint_auth_method"]
  return typeof method === "string" && method.startsWith("client_secret_") ? "token_endpoint_auth_method" : undefined
}

const redirectIssues =
  (allowPrivateUse: ReadonlyArray<string> = []): DocumentCheck =>
  ({ redirect_uris: uris }) =>
    (Array.isArray(uris) ? uris : []).flatMap((uri: unknown, index): ReadonlyArray<MetadataIssue> => {
      if (typeof uri !== "string") return []
      const parsed = parseRedirectUri(uri, { allowPrivateUse })
      return Result.isFailure(parsed)
        ? [{ path: `redirect_uris[${index}]`, message: `is refused: ${parsed.failure.message}` }]
        : []
    })

/** Section 6.2 of the draft: `private_key_jwt` needs published keys, and another origin's keys are not this client's. */
const keyLocationIssues =
  (url: string): DocumentCheck =>
  ({ jwks, jwks_uri: uri, token_endpoint_auth_method: method }) => {
    if (method === "private_key_jwt" && jwks === undefined && uri === undefined) {
      return [{ path: "jwks", message: "is required for private_key_jwt, or jwks_uri" }]
    }
    return typeof uri === "string" && URL.canParse(uri) && new URL(uri).origin !== URL.parse(url)?.origin
      ? [{ path: "jwks_uri", message: "must have the origin of the document" }]
      : []
  }

// RFC 7591 section 2.2
const TRANSLATED = /^(?:client_name|client_uri|logo_uri|tos_uri|policy_uri)#/

/** What is left of a stranger's document. */
const known = (json: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(json).filter(([name]) => Object.hasOwn(members, name) || TRANSLATED.test(name)))
