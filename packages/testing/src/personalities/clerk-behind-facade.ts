import { checkOptions } from "../check-options.ts"
import { optional, origin } from "../checks.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/** What a facade before Clerk is told. */
export interface ClerkBehindFacadeOptions extends PersonalityOptions {
  /** The origin that the metadata names; `https://facade.example.com` unless told. */
  readonly facade?: string | undefined
  /** The origin of Clerk, which answers the browser; `https://clerk.example.com` unless told. */
  readonly clerk?: string | undefined
}

const OPTIONS = { facade: optional(origin), clerk: optional(origin) }

/**
 * Clerk behind a facade of the MCP server's own.
 *
 * - the metadata is the facade's, and the browser is answered by Clerk: `iss` of the authorization response is Clerk's
 *
 * Source: recorded exchanges in https://github.com/higgsfield-ai/cli/issues/68 and
 * https://github.com/higgsfield-ai/cli/issues/67.
 */
export const clerkBehindFacade = (options: ClerkBehindFacadeOptions = {}): Personality => {
  const { clerk = "https://clerk.example.com", facade = "https://facade.example.com" } = checkOptions(options, OPTIONS)
  return personalityOf(
    {
      issuer: facade,
      authorizationEndpoint: `${facade}/oauth2/authorize`,
      tokenEndpoint: `${facade}/oauth2/token`,
      registrationEndpoint: `${facade}/oauth2/register`,
      metadataUrls: [`${facade}/.well-known/oauth-authorization-server`],
      metadata: { authorization_response_iss_parameter_supported: undefined },
      callbackIssuer: clerk
    },
    options
  )
}
