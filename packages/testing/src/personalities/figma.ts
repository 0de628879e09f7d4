import { page } from "../answers.ts"
import { checkOptions } from "../check-options.ts"
import { list, optional, text } from "../checks.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/** What Figma is told. */
export interface FigmaOptions extends PersonalityOptions {
  /** The `client_name` of those that are registered, exactly; `Known client` unless told. */
  readonly knownNames?: ReadonlyArray<string> | undefined
}

const OPTIONS = { knownNames: optional(list(text)) }

/**
 * Figma, as its MCP server names it.
 *
 * - the authorization endpoint stands at another origin; there is no `iss`
 * - clients are registered by their exact name: everybody else is answered 403, in a body that is no JSON
 * - who asks to be a public client gets a secret and `none`, and is then refused without the secret
 *
 * Source: recorded exchanges in https://github.com/NousResearch/hermes-agent/pull/73141,
 * https://github.com/anthropics/claude-code/issues/74768, https://github.com/docker/sbx-releases/issues/435 and
 * https://github.com/smart-mcp-proxy/mcpproxy-go/issues/234. The token endpoint is that of
 * https://developers.figma.com/docs/rest-api/authentication/.
 */
export const figma = (options: FigmaOptions = {}): Personality => {
  const { knownNames = ["Known client"] } = checkOptions(options, OPTIONS)
  const issuer = "https://api.figma.com"
  return personalityOf(
    {
      issuer,
      authorizationEndpoint: "https://www.figma.com/oauth/mcp",
      tokenEndpoint: `${issuer}/v1/oauth/token`,
      registrationEndpoint: `${issuer}/v1/oauth/mcp/register`,
      metadataUrls: [`${issuer}/.well-known/oauth-authorization-server`],
      callbackIssuer: null,
      audience: () => [],
      refusesRegistration: ({ client_name }) =>
        typeof client_name === "string" && knownNames.includes(client_name) ? undefined : page(403, "Forbidden"),
      alwaysGivesSecret: true
    },
    options
  )
}
