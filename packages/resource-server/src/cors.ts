/**
 * What lets a page of any origin read an answer. Access is by a token that the page itself holds, never by a cookie, so no
 * origin is reflected and credentials are not allowed (Fetch standard, section CORS protocol).
 */
export const corsHeaders: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After"
}

/** The answer to a preflight, or to any OPTIONS: nothing is opened by it. */
export const preflightResponse = (methods: string): Response =>
  new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders,
      "Access-Control-Allow-Methods": methods,
      // `*` does not cover Authorization.
      "Access-Control-Allow-Headers": "Authorization, *",
      "Access-Control-Max-Age": "600",
      Allow: methods
    }
  })

/** A handler's answer with the headers that a page needs to read it; those that the handler set stay. */
export const withCors = (response: Response): Response => {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(corsHeaders)) if (!headers.has(name)) headers.set(name, value)
  // RFC 9111 section 3.5: what a shared cache may keep is never given to another's token.
  headers.append("Vary", "Authorization")
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}
