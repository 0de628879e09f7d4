import type { Issuer } from "./issuer.ts"
import type { ResourceIdentifier } from "./resource.ts"

const PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource"
const AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server"
const OPENID = "/.well-known/openid-configuration"

/**
 * Where the metadata of a protected resource is published: the well-known path inserted between host and path, the query
 * of the resource kept (RFC 9728 section 3).
 */
export const protectedResourceMetadataUrl = (resource: ResourceIdentifier | string): string => {
  const { origin, path, query } = split(resource)
  // "any terminating slash (/) following the host component MUST be removed": the root's slash, no other.
  return origin + PROTECTED_RESOURCE + (path === "/" ? "" : path) + query
}

/** Where to look for the metadata of a protected resource, in order: for its path, then at the root (RFC 9728 section 3). */
export const protectedResourceMetadataUrls = (resource: ResourceIdentifier | string): ReadonlyArray<string> => [
  ...new Set([protectedResourceMetadataUrl(resource), split(resource).origin + PROTECTED_RESOURCE])
]

/** Where an authorization server publishes its metadata: the well-known path before the issuer's (RFC 8414 section 3). */
export const authorizationServerMetadataUrl = (issuer: Issuer | string): string => {
  const { origin, path } = split(issuer)
  return origin + AUTHORIZATION_SERVER + withoutLastSlash(path)
}

/**
 * Where to look for the metadata of an issuer, in order (MCP authorization, authorization server metadata discovery): for
 * an issuer with a path RFC 8414, OpenID with the well-known part inserted, OpenID with it appended (OpenID Connect
 * Discovery 1.0 section 4); without a path RFC 8414, then OpenID.
 */
export const authorizationServerMetadataUrls = (issuer: Issuer | string): ReadonlyArray<string> => {
  const { origin, path } = split(issuer)
  const inserted = withoutLastSlash(path)
  return [...new Set([authorizationServerMetadataUrl(issuer), origin + OPENID + inserted, origin + inserted + OPENID])]
}

// "any terminating "/" MUST be removed" (RFC 8414 section 3.1, OpenID Connect Discovery 1.0 section 4).
const withoutLastSlash = (path: string): string => (path.endsWith("/") ? path.slice(0, -1) : path)

// The parts of a URL as text: nothing is decoded, repaired or printed anew.
const split = (text: string): { readonly origin: string; readonly path: string; readonly query: string } => {
  const [, origin = text, path = "", query = ""] =
    /^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*)([^?#]*)(\?[^#]*)?/.exec(text) ?? []
  return { origin, path, query }
}
