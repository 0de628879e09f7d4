import { checkOptions } from "../check-options.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/**
 * Atlassian, as its MCP server at `/v1/mcp/authv2` names it.
 *
 * - the metadata, at either place, has the issuer without the path for which it was fetched
 * - a refresh without `resource` is refused
 *
 * Source: recorded exchanges in https://github.com/atlassian/atlassian-mcp-server/issues/205,
 * https://github.com/atlassian/atlassian-mcp-server/issues/148 and https://github.com/atlassian/atlassian-mcp-server/issues/12.
 * The endpoints are those of https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/.
 */
export const atlassian = (options: PersonalityOptions = {}): Personality => {
  const origin = "https://auth.atlassian.com"
  const issuer = `${origin}/VCeDsk8ZHncYF1g234fKtc4lNipbBhu3`
  return personalityOf(
    {
      issuer,
      authorizationEndpoint: `${origin}/authorize`,
      tokenEndpoint: `${origin}/oauth/token`,
      metadataUrls: [
        `${origin}/.well-known/oauth-authorization-server/VCeDsk8ZHncYF1g234fKtc4lNipbBhu3`,
        `${issuer}/.well-known/oauth-authorization-server`
      ],
      metadata: { issuer: origin },
      callbackIssuer: null,
      refuses: ({ parameters, resources }) =>
        parameters.get("grant_type") === "refresh_token" && resources.length === 0
          ? { error: "invalid_target" }
          : undefined
    },
    checkOptions(options, {})
  )
}
