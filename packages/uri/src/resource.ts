import type * as Brand from "effect/Brand"
import * as Result from "effect/Result"
import { brand } from "./brand.ts"
import { readSecureUrl } from "./read-url.ts"
import { ResourceMalformed, type TransportInsecure } from "./rejections.ts"

/** A resource identifier, byte for byte as it came (RFC 8707 section 2). */
export type ResourceIdentifier = string & Brand.Brand<"@postern/uri/ResourceIdentifier">

// What the parser may repair in what a person typed: case, default port, dot segments. Never the slashes of the scheme.
const TYPED = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#\\\s]+(?<path>[^?#]*)/

/**
 * A resource identifier: an absolute URI without fragment over secure transport (RFC 8707 section 2). The text comes back
 * unchanged: with and without a trailing slash are two resources, and only the canonical spelling is accepted.
 */
export const parseResource = (text: string): Result.Result<ResourceIdentifier, ResourceMalformed | TransportInsecure> =>
  Result.map(
    readSecureUrl(text, (reason) => new ResourceMalformed({ reason })),
    () => brand<ResourceIdentifier>(text)
  )

/**
 * The resource identifier of the URL that a person typed for an MCP server (MCP authorization, canonical server URI):
 * scheme and host in lower case, default port dropped, dot segments resolved, fragment dropped. The query stays, and a
 * slash at the end is neither added nor removed.
 */
export const canonicalResource = (
  typed: string
): Result.Result<ResourceIdentifier, ResourceMalformed | TransportInsecure> => {
  // The parser would strip these silently, and what it strips is not what the person saw.
  if (/[\s\\\p{Cc}\p{Cf}]/u.test(typed)) return Result.fail(new ResourceMalformed({ reason: "characters" }))
  const path = TYPED.exec(typed)?.groups?.["path"]
  const url = URL.parse(typed)
  if (path === undefined || url === null) return Result.fail(new ResourceMalformed({ reason: "not-absolute" }))
  // The authority as typed: the parser drops an empty `@`.
  if (/^[^/]*\/\/[^/?#]*@/.test(typed)) return Result.fail(new ResourceMalformed({ reason: "userinfo" }))
  const head = `${url.protocol}//${url.host}`
  const query = url.search
  return parseResource(path === "" ? head + query : head + url.pathname + query)
}
