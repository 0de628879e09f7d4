import type { AuthorizationServerMetadata } from "./authorization-server.ts"
import type { JsonObject } from "./json-object.ts"
import type { ProtectedResourceMetadata } from "./protected-resource.ts"

/**
 * The document to serve for a resource: members that are `undefined` and lists without elements left out (RFC 9728 section
 * 3.2), except `bearer_methods_supported`, whose empty list says that there are none (section 2).
 */
export const formatProtectedResourceMetadata = (document: ProtectedResourceMetadata): JsonObject =>
  withoutEmpty(document, ["bearer_methods_supported"])

/** The document to serve for an issuer: `undefined` members and lists without elements left out (RFC 8414 section 3.2). */
export const formatAuthorizationServerMetadata = (document: AuthorizationServerMetadata): JsonObject =>
  withoutEmpty(document, [])

const withoutEmpty = (document: JsonObject, keep: ReadonlyArray<string>): JsonObject =>
  Object.fromEntries(
    Object.entries(document).filter(
      ([name, value]) => value !== undefined && (keep.includes(name) || !Array.isArray(value) || value.length > 0)
    )
  )
