import { memoryStore } from "@postern/client-flow"
import { createClient, type PromiseClient } from "@postern/client-flow/promise"
import * as Effect from "effect/Effect"

export const RESOURCE = "https://mcp.example.com/mcp"
const ISSUER = "https://as.example.com"
const METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
const CALLBACK = "http://127.0.0.1:3999/callback"

const json = (value: unknown, status = 200) =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } })

export const challenge = (status: number, scope: string, error = "") =>
  new Response("", {
    status,
    headers: { "www-authenticate": `Bearer ${error}scope="${scope}", resource_metadata="${METADATA}"` }
  })

interface Message {
  readonly id?: number
  readonly method: string
}

const results: Readonly<Record<string, unknown>> = {
  initialize: {
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "server", version: "0.0.0" }
  },
  "tools/list": { tools: [{ name: "read", inputSchema: { type: "object" } }] },
  "tools/call": { content: [{ type: "text", text: "done" }] }
}

/** An MCP server whose tools need the scope `write` to be called and `read` for the rest, and its authorization server. */
export const makeServers = (
  options: {
    readonly refreshes?: boolean
    /** Whether every token is refused. */
    readonly isRefused?: { readonly now: boolean }
    /** What a 401 names; `read` unless told. */
    readonly scope?: string
  } = {}
) => {
  const scopes: Array<string> = []
  const tokens = new Map<string, ReadonlyArray<string> | undefined>()
  const exchanges: Array<string> = []
  const mcp = (request: Request, body: string): Response => {
    if (request.method !== "POST") return new Response("", { status: 405 })
    const { id, method }: Message = JSON.parse(body)
    const granted = tokens.get(request.headers.get("authorization")?.replace("Bearer ", "") ?? "")
    if (granted === undefined || options.isRefused?.now === true) return challenge(401, options.scope ?? "read")
    const needed = method === "tools/call" ? "write" : "read"
    if (!granted.includes(needed)) return challenge(403, needed, `error="insufficient_scope", `)
    return id === undefined ? new Response("", { status: 202 }) : json({ jsonrpc: "2.0", id, result: results[method] })
  }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const body = await request.text()
    switch (request.url) {
      case RESOURCE:
        return mcp(request, body)
      case METADATA:
        return json({ resource: RESOURCE, authorization_servers: [ISSUER], scopes_supported: ["read"] })
      case `${ISSUER}/.well-known/oauth-authorization-server`:
        return json({
          issuer: ISSUER,
          authorization_endpoint: `${ISSUER}/authorize`,
          token_endpoint: `${ISSUER}/token`,
          response_types_supported: ["code"],
          code_challenge_methods_supported: ["S256"],
          token_endpoint_auth_methods_supported: ["none"]
        })
      case `${ISSUER}/token`: {
        const token = `token-${tokens.size + 1}`
        exchanges.push(new URLSearchParams(body).get("grant_type") ?? "")
        tokens.set(token, scopes.at(-1)?.split(" ") ?? [])
        return json({
          access_token: token,
          token_type: "Bearer",
          scope: scopes.at(-1),
          ...(options.refreshes === true ? { refresh_token: `refresh-${tokens.size}` } : {})
        })
      }
      default:
        return new Response("", { status: 404 })
    }
  }
  const client: PromiseClient = createClient({
    transport: {
      fetch: ({ url, ...init }) =>
        Effect.promise(async () => {
          const response = await fetch(url, init)
          return { status: response.status, headers: response.headers, text: await response.text(), url }
        })
    },
    resourceFetch: fetch,
    store: memoryStore(),
    redirectUri: CALLBACK,
    clientMetadata: { client_name: "Test client" },
    registrations: [{ issuer: ISSUER, clientId: "client" }],
    userAgent: async ({ authorizationUrl, state }) => {
      scopes.push(new URL(authorizationUrl).searchParams.get("scope") ?? "")
      return `${CALLBACK}?code=c&state=${state}`
    }
  })
  return { client, fetch, scopes, tokens, exchanges }
}
