export { type AuthorizationServerMetadata, decodeAuthorizationServerMetadata } from "./authorization-server.ts"
export { checkIssuer, checkPkce, checkResource, IssuerMismatch, PkceUnsupported, ResourceMismatch } from "./check.ts"
export {
  type ClientIdDocumentOptions,
  type ClientIdMetadataDocument,
  ClientIdMismatch,
  ClientSecretForbidden,
  decodeClientIdMetadataDocument
} from "./client-id-document.ts"
export {
  type ClientInformation,
  type ClientMetadata,
  decodeClientInformation,
  decodeClientMetadata,
  type JsonWebKeySet
} from "./client.ts"
export { formatAuthorizationServerMetadata, formatProtectedResourceMetadata } from "./format.ts"
export { isJsonObject, type JsonObject, member } from "./json-object.ts"
export { type DocumentName, type MetadataIssue, MetadataMalformed } from "./metadata-malformed.ts"
export { parseJsonObject } from "./parse-json-object.ts"
export { JsonMalformed, type JsonOptions, type JsonProblem, parseJson } from "./parse-json.ts"
export { decodeProtectedResourceMetadata, type ProtectedResourceMetadata } from "./protected-resource.ts"
