import { checkOptions } from "../check-options.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions, TokenAnswer } from "../personality.ts"

/**
 * GitHub, with an OAuth app.
 *
 * - the metadata says nothing about PKCE, which is done all the same; no registration, no `iss`
 * - the redirect URI is the registered one, its port included
 * - errors of the token endpoint come with the status 200, by names of GitHub's own
 * - the granted scopes are separated by commas; tokens have no end, no audience and no refresh token
 *
 * Sources: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps and
 * https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/; recorded exchanges in
 * https://github.com/github/github-mcp-server/issues/2901,
 * https://github.com/modelcontextprotocol/typescript-sdk/issues/1342 and
 * https://github.com/quarkiverse/quarkus-langchain4j/issues/2246.
 */
export const github = (options: PersonalityOptions = {}): Personality =>
  personalityOf(
    {
      issuer: "https://github.com/login/oauth",
      authorizationEndpoint: "https://github.com/login/oauth/authorize",
      tokenEndpoint: "https://github.com/login/oauth/access_token",
      metadataUrls: ["https://github.com/.well-known/oauth-authorization-server/login/oauth"],
      metadata: { code_challenge_methods_supported: undefined },
      callbackIssuer: null,
      hasPublicClients: false,
      audience: () => [],
      takesRedirectUri: (registered, redirectUri) => registered.includes(redirectUri),
      issuesRefreshToken: () => false,
      answer: ({ body }) => ({ status: 200, body: "error" in body ? refused(body) : granted(body) })
    },
    checkOptions(options, {})
  )

type Body = TokenAnswer["body"]

const NAMES: Readonly<Record<string, string>> = {
  invalid_grant: "bad_verification_code",
  invalid_client: "incorrect_client_credentials"
}

const refused = ({ error }: Body): Body => {
  const code = String(error)
  return { error: NAMES[code] ?? code, error_uri: "https://docs.github.com/" }
}

const granted = ({ access_token, scope }: Body): Body => ({
  access_token,
  token_type: "bearer",
  scope: typeof scope === "string" ? scope.replaceAll(" ", ",") : ""
})
