import { sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { ClientIdMetadata } from "./check-document.ts"

/**
 * Serves a document where its URL says, whatever the host is called behind a proxy: to GET and HEAD, to web pages as well, and not
 * again to whoever has it (RFC 9110 section 13.1.2). Servers may keep it for five minutes: a key or a redirect URI that was taken out
 * is gone after that.
 */
export const serveClientIdMetadata = ({ text, url }: ClientIdMetadata): ((request: Request) => Promise<Response>) => {
  const body = new TextEncoder().encode(text)
  const place = placeOf(url)
  let tag: string | undefined
  return async (request) => {
    const { headers, method } = request
    if (placeOf(request.url) !== place) return new Response(null, { status: 404, headers: NOT_FOUND })
    if (method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT })
    if (method !== "GET" && method !== "HEAD") return new Response(null, { status: 405, headers: METHODS })
    // A strong one, of the bytes themselves (RFC 9110 section 8.8.3).
    tag ??= `"${await Effect.runPromise(sha256Text(body))}"`
    const common = { ...PUBLIC, etag: tag }
    if (isHeld(headers.get("if-none-match"), tag)) return new Response(null, { status: 304, headers: common })
    return new Response(method === "HEAD" ? null : body, {
      headers: { ...common, ...TYPE, "content-length": String(body.length) }
    })
  }
}

const placeOf = (url: string): string => {
  const { pathname, search } = new URL(url)
  return pathname + search
}

// RFC 9110 section 8.8.3
const ENTITY_TAG = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g

/** Whether one of the tags is that of the document; by weak comparison (RFC 9110 section 13.1.2). */
const isHeld = (ifNoneMatch: string | null, tag: string): boolean =>
  ifNoneMatch !== null &&
  (ifNoneMatch.trim() === "*" || Array.from(ifNoneMatch.matchAll(ENTITY_TAG), ([, opaque]) => opaque).includes(tag))

const CORS = { "access-control-allow-origin": "*" }
const PUBLIC = { ...CORS, "access-control-expose-headers": "ETag", "cache-control": "public, max-age=300" }
// RFC 9110 section 15.4.5: not in a 304.
const TYPE = { "content-type": "application/json", "x-content-type-options": "nosniff" }
const NOT_FOUND = { "cache-control": "no-store" }
const METHODS = { ...CORS, allow: "GET, HEAD, OPTIONS" }
const PREFLIGHT = {
  ...METHODS,
  "access-control-allow-methods": "GET, HEAD",
  "access-control-allow-headers": "If-None-Match",
  "access-control-max-age": "600"
}
