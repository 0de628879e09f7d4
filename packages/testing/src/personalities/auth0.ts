import { checkOptions } from "../check-options.ts"
import { flag, host, optional } from "../checks.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/** What Auth0 is told. */
export interface Auth0Options extends PersonalityOptions {
  /** The host of the tenant; `example.eu.auth0.com` unless told. */
  readonly domain?: string | undefined
  /** Whether the tenant has turned on the Resource Parameter Compatibility Profile; false unless told. */
  readonly compatibilityProfile?: boolean | undefined
}

const OPTIONS = { domain: optional(host), compatibilityProfile: optional(flag) }

/**
 * Auth0.
 *
 * - the issuer ends in a slash
 * - `audience` says what a token is for, and `resource` nothing, until the tenant has turned on a profile; then it counts
 *   where `audience` is absent
 * - a token that is for nothing is for Auth0's own UserInfo endpoint
 *
 * Sources: https://auth0.com/ai/docs/mcp/guides/resource-param-compatibility-profile and
 * https://auth0.com/docs/secure/tokens/access-tokens/get-access-tokens; recorded exchange in
 * https://github.com/danny-avila/LibreChat/issues/13401.
 */
export const auth0 = (options: Auth0Options = {}): Personality => {
  const { compatibilityProfile = false, domain = "example.eu.auth0.com" } = checkOptions(options, OPTIONS)
  const issuer = `https://${domain}/`
  return personalityOf(
    {
      issuer,
      authorizationEndpoint: `${issuer}authorize`,
      tokenEndpoint: `${issuer}oauth/token`,
      metadataUrls: [`${issuer}.well-known/openid-configuration`, `${issuer}.well-known/oauth-authorization-server`],
      metadata: { scopes_supported: ["openid", "profile", "email", "offline_access"] },
      callbackIssuer: null,
      audience: ({ parameters, resources }) => {
        const audience = parameters.get("audience")
        if (audience !== undefined) return [audience]
        return compatibilityProfile && resources.length > 0 ? resources : [`${issuer}userinfo`]
      },
      issuesRefreshToken: ({ scope }) => scope.includes("offline_access")
    },
    options
  )
}
