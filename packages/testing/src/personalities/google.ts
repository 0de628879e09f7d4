import { checkOptions } from "../check-options.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/**
 * Google, as the servers of Google Workspace name it.
 *
 * - their metadata names the issuer with a slash at its end; Google's own has none
 * - the token endpoint stands at another origin
 * - `offline_access` is `invalid_scope`: a refresh token is for who sends `access_type=offline`, and a second one only with
 *   `prompt=consent`; it is not replaced when it is used
 * - tokens have no audience
 *
 * Sources: https://developers.google.com/identity/protocols/oauth2/web-server and
 * https://accounts.google.com/.well-known/openid-configuration; recorded exchanges in
 * https://github.com/home-assistant/core/issues/180546, https://github.com/punkpeye/mcp-remote/pull/258 and
 * https://github.com/can1357/oh-my-pi/issues/12438.
 */
export const google = (options: PersonalityOptions = {}): Personality => {
  const origin = "https://accounts.google.com"
  const agreed = new Set<string>()
  const server = personalityOf(
    {
      issuer: origin,
      authorizationEndpoint: `${origin}/o/oauth2/v2/auth`,
      tokenEndpoint: "https://oauth2.googleapis.com/token",
      metadataUrls: [`${origin}/.well-known/openid-configuration`],
      metadata: {
        code_challenge_methods_supported: ["plain", "S256"],
        scopes_supported: ["openid", "email", "profile"],
        token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"]
      },
      callbackIssuer: null,
      hasPublicClients: false,
      audience: () => [],
      refuses: ({ scope }) => (scope.includes("offline_access") ? { error: "invalid_scope" } : undefined),
      issuesRefreshToken: ({ clientId, parameters }) => {
        const isFirst = !agreed.has(clientId)
        agreed.add(clientId)
        const asksAgain = parameters.get("prompt")?.split(" ").includes("consent") === true
        return parameters.get("access_type") === "offline" && (isFirst || asksAgain)
      },
      rotatesRefreshTokens: false
    },
    checkOptions(options, {})
  )
  return { ...server, issuer: `${origin}/` }
}
