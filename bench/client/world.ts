// An MCP server and its authorization server in memory, which cost next to nothing and count what they are asked.

export const RESOURCE = "https://mcp.example.com/mcp"
export const REDIRECT = "http://127.0.0.1:38930/callback"
export const DOCUMENT = "https://app.example.com/client.json"
const ISSUER = "https://as.example.com"
const METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"

/** Both servers, and the person at a browser. */
export interface World {
  readonly fetch: typeof globalThis.fetch
  /** Opens the authorization page, signs in and consents; the URL that the browser is sent to. */
  readonly visit: (authorizationUrl: string) => string
  /** Every access token so far is refused from now on. */
  readonly expire: () => void
  /** What was asked since the last call, in order; the page counts once. */
  readonly take: () => ReadonlyArray<string>
}

const JSON_TYPE = { "content-type": "application/json" }
const json = (body: string, status = 200): Response => new Response(body, { status, headers: JSON_TYPE })

const RESOURCE_METADATA = JSON.stringify({
  resource: RESOURCE,
  authorization_servers: [ISSUER],
  scopes_supported: ["notes:read"],
  bearer_methods_supported: ["header"]
})
const SERVER_METADATA = JSON.stringify({
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  registration_endpoint: `${ISSUER}/register`,
  scopes_supported: ["notes:read", "offline_access"],
  response_types_supported: ["code"],
  grant_types_supported: ["authorization_code", "refresh_token"],
  code_challenge_methods_supported: ["S256"],
  token_endpoint_auth_methods_supported: ["none"],
  client_id_metadata_document_supported: true,
  authorization_response_iss_parameter_supported: true
})
const CHALLENGE = { "www-authenticate": `Bearer resource_metadata="${METADATA}", scope="notes:read"` }
const ANSWER = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text: "milk" }] } })

/** The call of a tool, as the body of a request. */
export const CALL = {
  method: "POST",
  headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "read_notes", arguments: {} } })
}

/** What a call has to come to. */
export const answered = async (response: Response): Promise<void> => {
  if (response.status !== 200) throw new Error(`the call was answered ${response.status}`)
  await response.text()
}

const textOf = async (input: string | URL | Request, init: RequestInit | undefined): Promise<string> =>
  input instanceof Request ? input.text() : String(init?.body)

export const makeWorld = (): World => {
  let asked: Array<string> = []
  let live = new Set<string>()
  let made = 0
  const note = (what: string): void => void asked.push(what)

  const issue = (): Response => {
    const token = `an-access-token-of-some-length-${++made}`
    live.add(token)
    return json(
      JSON.stringify({
        access_token: token,
        token_type: "Bearer",
        expires_in: 600,
        refresh_token: `a-refresh-token-${made}`,
        scope: "notes:read offline_access"
      })
    )
  }

  return {
    fetch: async (input, init) => {
      const url = typeof input === "string" ? input : input instanceof URL ? input.href : input.url
      if (url === RESOURCE) {
        const headers = input instanceof Request ? input.headers : new Headers(init?.headers)
        note("call")
        return live.has(headers.get("authorization")?.slice("Bearer ".length) ?? "")
          ? json(ANSWER)
          : new Response(null, { status: 401, headers: CHALLENGE })
      }
      if (url === METADATA) {
        note("resource metadata")
        return json(RESOURCE_METADATA)
      }
      if (url === `${ISSUER}/.well-known/oauth-authorization-server`) {
        note("server metadata")
        return json(SERVER_METADATA)
      }
      if (url === `${ISSUER}/register`) {
        note("registration")
        return json(JSON.stringify({ ...JSON.parse(await textOf(input, init)), client_id: `client-${++made}` }), 201)
      }
      if (url === `${ISSUER}/token`) {
        note("token")
        return issue()
      }
      note(url)
      return new Response(null, { status: 404 })
    },
    visit: (authorizationUrl) => {
      note("page")
      const { searchParams } = new URL(authorizationUrl)
      const parameters = { code: `a-code-${++made}`, state: searchParams.get("state") ?? "", iss: ISSUER }
      return `${REDIRECT}?${new URLSearchParams(parameters)}`
    },
    expire: () => {
      live = new Set()
    },
    take: () => {
      const taken = asked
      asked = []
      return taken
    }
  }
}
