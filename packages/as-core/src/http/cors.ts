import { PREFLIGHT_AGE_SECONDS } from "../limits.ts"
import { type Answer, withHeaders } from "./answer.ts"

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "WWW-Authenticate, DPoP-Nonce, Retry-After"
}

/**
 * Any web page may call these endpoints, but never with the browser's cookies: `*` excludes credentials (OAuth 2.1
 * section 3.2). The authorization endpoint has no such headers at all (section 3.1).
 */
export const withCors = (answer: Answer): Answer => withHeaders(answer, CORS)

/** The answer to a preflight request. */
export const preflight = (method: string): Answer =>
  withCors({
    status: 204,
    headers: {
      "access-control-allow-methods": method,
      "access-control-allow-headers": "Authorization, Content-Type, DPoP, MCP-Protocol-Version",
      "access-control-max-age": String(PREFLIGHT_AGE_SECONDS)
    },
    body: null
  })
