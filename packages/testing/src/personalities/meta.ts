import { checkOptions } from "../check-options.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/**
 * Meta, as its MCP server for ads names it.
 *
 * - the endpoints stand at two other origins than the issuer, and there is no `iss`
 * - tokens have no audience and no refresh token; clients are registered beforehand
 *
 * Source: recorded exchanges in https://github.com/openai/codex/issues/38944, https://github.com/openai/codex/issues/44437 and
 * https://github.com/anthropics/claude-code/issues/89528.
 */
export const meta = (options: PersonalityOptions = {}): Personality =>
  personalityOf(
    {
      issuer: "https://mcp.facebook.com/ads",
      authorizationEndpoint: "https://www.facebook.com/v26.0/dialog/oauth",
      tokenEndpoint: "https://graph.facebook.com/v26.0/oauth/access_token",
      metadataUrls: ["https://mcp.facebook.com/.well-known/oauth-authorization-server/ads"],
      callbackIssuer: null,
      audience: () => [],
      issuesRefreshToken: () => false
    },
    checkOptions(options, {})
  )
