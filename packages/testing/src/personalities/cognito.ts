import { checkOptions } from "../check-options.ts"
import { flag, matching, optional } from "../checks.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/** What Cognito is told. */
export interface CognitoOptions extends PersonalityOptions {
  /** The id of the pool, which begins with its region; `eu-central-1_Example1` unless told. */
  readonly userPool?: string | undefined
  /** Whether the pool is one of those that bind tokens to a `resource` (Essentials and Plus); true unless told. */
  readonly bindsResources?: boolean | undefined
}

const OPTIONS = {
  userPool: optional(
    matching(/^[a-z]{2}(-[a-z]+)+-\d_[A-Za-z0-9]+$/, "has to be the id of a pool, such as eu-central-1_Example1")
  ),
  bindsResources: optional(flag)
}

/**
 * Amazon Cognito, with managed login.
 *
 * - OpenID metadata alone, behind the path of the issuer, without PKCE methods, `none` and `iss`; no registration
 * - its endpoints stand at the domain of the pool, and not at the issuer's origin
 * - a token has an audience only where a `resource` was bound
 *
 * Sources: https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html,
 * https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html and
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html; recorded exchanges in
 * https://github.com/empires-security/mcp-oauth2-aws-cognito/issues/9 and https://github.com/vercel/ai/issues/18674.
 */
export const cognito = (options: CognitoOptions = {}): Personality => {
  const { bindsResources = true, userPool = "eu-central-1_Example1" } = checkOptions(options, OPTIONS)
  const [region = ""] = userPool.split("_")
  const issuer = `https://cognito-idp.${region}.amazonaws.com/${userPool}`
  const domain = `https://example.auth.${region}.amazoncognito.com`
  return personalityOf(
    {
      issuer,
      authorizationEndpoint: `${domain}/oauth2/authorize`,
      tokenEndpoint: `${domain}/oauth2/token`,
      metadataUrls: [`${issuer}/.well-known/openid-configuration`],
      metadata: {
        response_types_supported: ["code", "token"],
        grant_types_supported: undefined,
        code_challenge_methods_supported: undefined,
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        scopes_supported: ["openid", "email", "phone", "profile"]
      },
      callbackIssuer: null,
      audience: ({ resources }) => (bindsResources ? resources : []),
      rotatesRefreshTokens: false
    },
    options
  )
}
