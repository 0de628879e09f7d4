import { PREFLIGHT_AGE_SECONDS } from "../limits.ts"

/**
 * Any web page may call these endpoints, but never with the browser's cookies: `*` excludes credentials (OAuth 2.1
 * section 3.2). The authorization endpoint has no such headers at all (section 3.1).
 */
export const withCors = (response: Response): Response => {
  response.headers.set("access-control-allow-origin", "*")
  response.headers.set("access-control-expose-headers", "WWW-Authenticate, DPoP-Nonce, Retry-After")
  return response
}

/** The answer to a preflight request. */
export const preflight = (method: string): Response =>
  withCors(
    new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-methods": method,
        "access-control-allow-headers": "Authorization, Content-Type, DPoP, MCP-Protocol-Version",
        "access-control-max-age": String(PREFLIGHT_AGE_SECONDS)
      }
    })
  )
