export { type ClientIdUrl, parseClientIdUrl } from "./client-id-url.ts"
export { type Issuer, parseIssuer } from "./issuer.ts"
export { isLoopbackHost } from "./loopback.ts"
export { matchRedirectUri } from "./match-redirect-uri.ts"
export {
  isLoopbackRedirect,
  isWebRedirect,
  parseRedirectUri,
  parseRedirectUris,
  type RedirectUri,
  type RedirectUriOptions,
  type RedirectUriRejection,
  responseParameterIn
} from "./redirect-uri.ts"
export {
  ClientIdMalformed,
  IssuerMalformed,
  RedirectUriForbidden,
  RedirectUriMalformed,
  RedirectUriMismatch,
  ResourceMalformed,
  TransportInsecure,
  type UrlFlaw,
  UrlMalformed
} from "./rejections.ts"
export { canonicalResource, parseResource, type ResourceIdentifier } from "./resource.ts"
export { parseSecureUrl } from "./secure-url.ts"
export {
  authorizationServerMetadataUrl,
  authorizationServerMetadataUrls,
  protectedResourceMetadataUrl,
  protectedResourceMetadataUrls
} from "./well-known.ts"
