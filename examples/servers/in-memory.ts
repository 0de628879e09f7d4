// An MCP server and its authorization server without a network, for the examples: just enough of both to let a client in.

export const RESOURCE = "https://mcp.example.com/mcp"
export const ISSUER = "https://as.example.com"
const METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"

const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } })

const unauthorized = (): Response =>
  new Response("", {
    status: 401,
    headers: { "www-authenticate": `Bearer resource_metadata="${METADATA}", scope="notes:read"` }
  })

/** Answers the requests of both servers. */
export const fetch: typeof globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  switch (request.url) {
    case RESOURCE:
      return request.headers.get("authorization") === "Bearer an-access-token"
        ? json({ notes: ["milk"] })
        : unauthorized()
    case METADATA:
      return json({ resource: RESOURCE, authorization_servers: [ISSUER] })
    case `${ISSUER}/.well-known/oauth-authorization-server`:
      return json({
        issuer: ISSUER,
        authorization_endpoint: `${ISSUER}/authorize`,
        token_endpoint: `${ISSUER}/token`,
        registration_endpoint: `${ISSUER}/register`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
        authorization_response_iss_parameter_supported: true
      })
    case `${ISSUER}/register`:
      return json({ ...(await request.json()), client_id: "example-client" }, 201)
    case `${ISSUER}/token`:
      return json({ access_token: "an-access-token", token_type: "Bearer", expires_in: 600, scope: "notes:read" })
    default:
      return new Response("", { status: 404 })
  }
}

/** What arrives at the redirect URI when the user says yes at the authorization server. */
export const userSaysYes = ({ redirectUri, state }: { readonly redirectUri: string; readonly state: string }): string =>
  `${redirectUri}?${new URLSearchParams({ code: "a-code", state, iss: ISSUER })}`
