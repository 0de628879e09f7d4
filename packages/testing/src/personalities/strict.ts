import { checkOptions } from "../check-options.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/** An authorization server as the specifications have it, at `https://as.example.com`: registers clients, and deviates in nothing. */
export const strict = (options: PersonalityOptions = {}): Personality => {
  const issuer = "https://as.example.com"
  return personalityOf(
    {
      issuer,
      authorizationEndpoint: `${issuer}/authorize`,
      tokenEndpoint: `${issuer}/token`,
      registrationEndpoint: `${issuer}/register`,
      metadataUrls: [`${issuer}/.well-known/oauth-authorization-server`]
    },
    checkOptions(options, {})
  )
}
