import { json, page } from "./answers.ts"
import { callable, type Checks, list, members, optional, text, url } from "./checks.ts"
import { ConfigurationInvalid } from "./configuration-invalid.ts"
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
  /**
   * What a token has to be for; the resource unless told. The tokens of some personalities are for something else: those of
   * `entra` for its `applicationId`, those of `okta` and `keycloak` for their `audience`.
   */
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

const OPTIONS: Checks<McpServerOptions> = {
  resource: url,
  authorizationServer: (key, value) => {
    if (typeof value !== "object" || value === null) {
      throw new ConfigurationInvalid({ key, reason: "has to be a personality" })
    }
    text(`${key}.issuer`, "issuer" in value ? value.issuer : undefined)
    callable(`${key}.inspect`, "inspect" in value ? value.inspect : undefined)
  },
  scope: optional(list(text)),
  namedScope: optional(list(text)),
  audience: optional(text),
  issuer: optional(text)
}

/**
 * An MCP server that takes the tokens of one authorization server, and answers every call with `{ "ok": true }`: 401 with
 * its metadata, 403 for what is missing. A token for something else gets a 401 that says what it is for. What is wrong in the options throws
 * {@link ConfigurationInvalid}.
 */
export const makeMcpServer = (options: McpServerOptions): McpServer => {
  members(OPTIONS)("", options)
  const { audience = options.resource, authorizationServer, resource, scope = [] } = options
  const named = options.namedScope ?? scope
  const { origin, pathname } = new URL(resource)
  const metadataUrl = `${origin}/.well-known/oauth-protected-resource${pathname === "/" ? "" : pathname}`
  const challenge = (
    status: number,
    asked: ReadonlyArray<string>,
    { description, error }: { readonly error?: string; readonly description?: string | undefined } = {}
  ): Response => {
    const parameters = [
      ...(error === undefined ? [] : [`error="${error}"`]),
      ...(description === undefined ? [] : [`error_description="${description}"`]),
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
    if (facts === undefined) return challenge(401, named, { error: "invalid_token" })
    // Where a provider has no audiences, whoever knows its tokens takes them.
    if (facts.audience.length > 0 && !facts.audience.includes(audience)) {
      const description = `the token is for ${facts.audience.join(", ")} and not for ${audience}`
      return challenge(401, named, { error: "invalid_token", description: description.replaceAll(/["\\]/g, "'") })
    }
    return scope.every((needed) => facts.scope.includes(needed))
      ? json(200, { ok: true })
      : challenge(403, scope, { error: "insufficient_scope" })
  }
  return { resource, origins: [origin], fetch: (request) => Promise.resolve(answer(request)) }
}
