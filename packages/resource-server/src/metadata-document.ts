import { corsHeaders, preflightResponse } from "./cors.ts"

/** Serves the protected resource metadata document (RFC 9728 section 3.2): public, cacheable for an hour, read-only. */
export const serveDocument = (request: Request, document: unknown): Response => {
  switch (request.method) {
    case "GET":
    case "HEAD": {
      const headers = { ...corsHeaders, "Cache-Control": "public, max-age=3600" }
      const response = Response.json(document, { headers })
      return request.method === "GET" ? response : new Response(null, { headers: response.headers })
    }
    case "OPTIONS":
      return preflightResponse("GET, HEAD, OPTIONS")
    default:
      return new Response(null, { status: 405, headers: { ...corsHeaders, Allow: "GET, HEAD, OPTIONS" } })
  }
}
