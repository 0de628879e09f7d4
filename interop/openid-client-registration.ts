// openid-client registers with an initial access token (RFC 7591 section 3), where nobody registers without one.
import * as client from "openid-client"
import { hashOf, issued, refusal } from "./foreign.ts"
import { line, type Line } from "./verdict.ts"
import type { startStage, Stage } from "./world.ts"

/** On the host of a web application, which can keep a secret. */
export const WEB_REDIRECT = "https://client.example.com/callback"

const INITIAL_ACCESS_TOKEN = "an-initial-access-token-of-this-run"

/** Nobody registers without the token. */
export const withInitialAccessToken: NonNullable<Parameters<typeof startStage>[0]> = (configuration) => ({
  ...configuration,
  registration: {
    ...configuration.registration,
    dynamic: { initialAccessTokens: [{ hash: hashOf(INITIAL_ACCESS_TOKEN) }], required: true }
  }
})

const METADATA = {
  client_name: "openid-client",
  redirect_uris: [WEB_REDIRECT],
  application_type: "web",
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  token_endpoint_auth_method: "client_secret_post"
}

/** Registers with the right token, and tries without and with a wrong one. */
export const registerWithToken = async (
  { world }: Stage,
  options: client.DiscoveryRequestOptions
): Promise<{ readonly config: client.Configuration; readonly lines: ReadonlyArray<Line> }> => {
  const register = (more: client.DynamicClientRegistrationRequestOptions) =>
    client.dynamicClientRegistration(new URL(world.issuer), METADATA, undefined, { ...options, ...more })
  const config = await register({ initialAccessToken: INITIAL_ACCESS_TOKEN })
  const { client_secret: secret, token_endpoint_auth_method: method } = config.clientMetadata()
  const forItself = await client.clientCredentialsGrant(config, { resource: world.notes, scope: "notes:read" })
  return {
    config,
    lines: [
      line("without an initial access token", "401 bearer", await refusal(register({}))),
      line("with a wrong one", "401 bearer invalid_token", await refusal(register({ initialAccessToken: "another" }))),
      line("is given a secret", "client_secret_post string", `${String(method)} ${typeof secret}`),
      line("a token for itself", "bearer notes:read alone", issued(forItself))
    ]
  }
}
