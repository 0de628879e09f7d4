import { json, page } from "./answers.ts"
import type { Personality } from "./personality.ts"

/** What an MCP server in memory is made from. */
export interface McpServerOptions {
  /** Its URL. */
  readonly resource: string
  readonly authorizationServer: Pick<Personality, "issuer" | "inspect">
  /** What a token needs. */
  readonly scope?: ReadonlyArray<string> | undefined
  /** What the metadata and the challenge of a 401 say that it needs; the same unless told. A 403 names what it needs. */
  readonly namedScope?: ReadonlyArray<string> | undefined
  /** What a token has to be for; the resource unless told. */
  readonly audience?: string | undefined
  /** How the metadata names the authorization server; its issuer unless told. */
  readonly issuer?: string | undefined
}

/** An MCP server in memory. */
export interface McpServer {
  readonly resource: string
  readonly origins: ReadonlyArray<string>
  /** Answers a request to it. */
  readonly fetch: (request: Request) => Promise<Response>
}

/**
 * An MCP server that takes the tokens of one authorization server, and answers every call with `{ "ok": true }`: 401 with
 * its metadata, 403 for what is missing.
 */
export const makeMcpServer = (options: McpServerOptions): McpServer => {
  const { audience = options.resource, authorizationServer, resource, scope = [] } = options
  const named = options.namedScope ?? scope
  const { origin, pathname } = new URL(resource)
  const metadataUrl = `${origin}/.well-known/oauth-protected-resource${pathname === "/" ? "" : pathname}`
  const challenge = (status: number, asked: ReadonlyArray<string>, error?: string): Response => {
    const parameters = [
      ...(error === undefined ? [] : [`error="${error}"`]),
      ...(asked.length === 0 ? [] : [`scope="${asked.join(" ")}"`]),
      `resource_metadata="${metadataUrl}"`
    ]
    return new Response(null, { status, headers: { "www-authenticate": `Bearer ${parameters.join(", ")}` } })
  }
  const answer = (request: Request): Response => {
    if (request.url === metadataUrl) {
      const issuer = options.issuer ?? authorizationServer.issuer
      return json(200, { resource, authorization_servers: [issuer], scopes_supported: named })
    }
    if (request.url !== resource) return page(404, "not here")
    const token = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1]
    if (token === undefined) return challenge(401, named)
    const facts = authorizationServer.inspect(token)
    // Where a provider has no audiences, whoever knows its tokens takes them.
    const isOurs = facts !== undefined && (facts.audience.length === 0 || facts.audience.includes(audience))
    if (!isOurs) return challenge(401, named, "invalid_token")
    return scope.every((needed) => facts.scope.includes(needed))
      ? json(200, { ok: true })
      : challenge(403, scope, "insufficient_scope")
  }
  return { resource, origins: [origin], fetch: (request) => Promise.resolve(answer(request)) }
}
