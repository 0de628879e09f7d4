import { checkOptions } from "../check-options.ts"
import { host, optional, required, segment, text } from "../checks.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/** What Okta is told. */
export interface OktaOptions extends PersonalityOptions {
  /** The one audience of this authorization server: the URL of the MCP server, or what its `audience` is. Has to be given. */
  readonly audience: string
  /** The host of the organization; `example.okta.com` unless told. */
  readonly domain?: string | undefined
  /** Its id in the path of the issuer; `ausabc123` unless told. */
  readonly authorizationServer?: string | undefined
}

const OPTIONS = { audience: required(text), domain: optional(host), authorizationServer: optional(segment) }

/**
 * Okta, with an authorization server of one's own.
 *
 * - the issuer has a path, and its metadata stands behind it: nothing is at the root
 * - every token is for the one audience of the server, whatever `resource` says
 * - a refresh token is for who asks for `offline_access`; clients register with a token of the administrator alone
 *
 * Needs no exception. Sources: https://developer.okta.com/docs/reference/api/oidc/ and
 * https://developer.okta.com/docs/concepts/auth-servers/; recorded exchanges in
 * https://github.com/modelcontextprotocol/inspector/issues/744 and https://github.com/MCPJam/inspector/issues/1002.
 */
export const okta = (options: OktaOptions): Personality => {
  const { audience, authorizationServer = "ausabc123", domain = "example.okta.com" } = checkOptions(options, OPTIONS)
  const issuer = `https://${domain}/oauth2/${authorizationServer}`
  return personalityOf(
    {
      issuer,
      authorizationEndpoint: `${issuer}/v1/authorize`,
      tokenEndpoint: `${issuer}/v1/token`,
      metadataUrls: [`${issuer}/.well-known/openid-configuration`, `${issuer}/.well-known/oauth-authorization-server`],
      metadata: { scopes_supported: ["openid", "profile", "email", "offline_access"] },
      callbackIssuer: null,
      audience: () => [audience],
      refuses: ({ scope }, endpoint) =>
        endpoint === "authorization" && scope.length === 0 ? { error: "invalid_scope" } : undefined,
      issuesRefreshToken: ({ scope }) => scope.includes("offline_access")
    },
    options
  )
}
