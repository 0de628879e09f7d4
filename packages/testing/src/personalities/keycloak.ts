import { json } from "../answers.ts"
import { checkOptions } from "../check-options.ts"
import { base, list, optional, required, segment, text } from "../checks.ts"
import { personalityOf } from "../make-personality.ts"
import type { Personality, PersonalityOptions } from "../personality.ts"

/** What Keycloak is told. */
export interface KeycloakOptions extends PersonalityOptions {
  /**
   * What the audience mappers of the realm put into every token, beside `account`. Has to be given: with the URL of the MCP server, or
   * what its `audience` is.
   */
  readonly audience: ReadonlyArray<string>
  /** Its URL, without a slash at the end; `https://keycloak.example.com` unless told. */
  readonly server?: string | undefined
  /** `staff` unless told. */
  readonly realm?: string | undefined
}

const OPTIONS = { audience: required(list(text)), server: optional(base), realm: optional(segment) }

/**
 * Keycloak, without the experimental resource indicators.
 *
 * - the metadata stands behind the path of the issuer
 * - `resource` changes nothing: who a token is for is what the mappers say, `account` beside it
 * - clients are registered only by hosts that are trusted: everybody else is answered 403
 *
 * Needs no exception, but a client that was registered beforehand. Sources: https://www.keycloak.org/securing-apps/mcp-authz-server
 * and https://www.keycloak.org/securing-apps/client-registration; recorded exchange in
 * https://github.com/modelcontextprotocol/typescript-sdk/issues/744.
 */
export const keycloak = (options: KeycloakOptions): Personality => {
  const { audience, realm = "staff", server = "https://keycloak.example.com" } = checkOptions(options, OPTIONS)
  const issuer = `${server}/realms/${realm}`
  return personalityOf(
    {
      issuer,
      authorizationEndpoint: `${issuer}/protocol/openid-connect/auth`,
      tokenEndpoint: `${issuer}/protocol/openid-connect/token`,
      registrationEndpoint: `${issuer}/clients-registrations/openid-connect`,
      metadataUrls: [`${issuer}/.well-known/openid-configuration`],
      metadata: { code_challenge_methods_supported: ["plain", "S256"] },
      audience: () => [...audience, "account"],
      refusesRegistration: () => json(403, { error: "insufficient_scope" })
    },
    options
  )
}
