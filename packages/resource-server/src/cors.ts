import type { Answer } from "./incoming.ts"

const EXPOSED = "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After"

/**
 * What lets a page of any origin read an answer. Access is by a token that the page itself holds, never by a cookie, so no
 * origin is reflected and credentials are not allowed (Fetch standard, section CORS protocol).
 */
export const corsHeaders: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": EXPOSED
}

/** The same where nonces are given out (RFC 9449 section 8.1). */
export const dpopCorsHeaders: Readonly<Record<string, string>> = {
  ...corsHeaders,
  "Access-Control-Expose-Headers": `${EXPOSED}, DPoP-Nonce`
}

/** The answer to a preflight, or to any OPTIONS: nothing is opened by it. */
export const preflightAnswer = (methods: string): Answer => ({
  status: 204,
  headers: {
    ...corsHeaders,
    "Access-Control-Allow-Methods": methods,
    // `*` does not cover Authorization.
    "Access-Control-Allow-Headers": "Authorization, *",
    "Access-Control-Max-Age": "600",
    Allow: methods
  },
  body: null
})
