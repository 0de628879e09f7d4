import { checkOptions } from "../check-options.ts"
import { flag, optional } from "../checks.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions, TokenAnswer } from "../personality.ts"

/** What Slack is told. */
export interface SlackOptions extends PersonalityOptions {
  /** Whether the user's token stands in `authed_user` beside that of the app, as `oauth.v2.access` has it; false unless told. */
  readonly nested?: boolean | undefined
}

const OPTIONS = { nested: optional(flag) }

/**
 * Slack, as its MCP server names it.
 *
 * - the metadata at `mcp.slack.com` has the issuer `https://slack.com`, and its endpoints are there
 * - no registration, no `none`, no `iss`; the redirect URI is the registered one, its port included
 * - the token endpoint answers with 200 and `ok`: an error where that is `false`, else a token of the type `user`
 * - the granted scopes are separated by commas; tokens have no audience
 *
 * Sources: https://docs.slack.dev/reference/methods/oauth.v2.user.access and
 * https://docs.slack.dev/reference/methods/oauth.v2.access; recorded exchanges in
 * https://github.com/different-ai/openwork/pull/3569, https://github.com/microsoft/vscode/issues/293533 and
 * https://github.com/anthropics/claude-code/issues/59725.
 */
export const slack = (options: SlackOptions = {}): Personality => {
  const { nested = false } = checkOptions(options, OPTIONS)
  const issuer = "https://mcp.slack.com"
  return personalityOf(
    {
      issuer,
      authorizationEndpoint: "https://slack.com/oauth/v2_user/authorize",
      tokenEndpoint: "https://slack.com/api/oauth.v2.user.access",
      metadataUrls: [`${issuer}/.well-known/oauth-authorization-server`],
      metadata: {
        issuer: "https://slack.com",
        token_endpoint_auth_methods_supported: ["client_secret_post"]
      },
      callbackIssuer: null,
      hasPublicClients: false,
      audience: () => [],
      takesRedirectUri: (registered, redirectUri) => registered.includes(redirectUri),
      issuesRefreshToken: () => false,
      answer: ({ body }) => ({ status: 200, body: "error" in body ? refused(body) : granted(body, nested) })
    },
    options
  )
}

type Body = TokenAnswer["body"]

const NAMES: Readonly<Record<string, string>> = { invalid_grant: "invalid_code", invalid_client: "bad_client_secret" }

const refused = ({ error }: Body): Body => {
  const code = String(error)
  return { ok: false, error: NAMES[code] ?? code }
}

const granted = ({ access_token, scope }: Body, nested: boolean): Body => {
  const user = { access_token, token_type: "user", scope: typeof scope === "string" ? scope.replaceAll(" ", ",") : "" }
  return nested
    ? { ok: true, access_token: "the-token-of-the-app", token_type: "bot", scope: "commands", authed_user: user }
    : { ok: true, ...user }
}
