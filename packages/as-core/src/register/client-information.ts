import { formatScope } from "@postern/scope"
import { allScopes, type Settings } from "../settings.ts"
import type { Client } from "../store.ts"

/** What only the one who registers with an initial access token gets. */
export interface Credentials {
  /** In the answer that it was made for alone: nothing but its hash is kept. */
  readonly secret?: string | undefined
  readonly registrationToken?: string | undefined
}

/** What was given, which may be more or less than what was asked for (RFC 7591 section 3.2.1, RFC 7592 section 3). */
export const clientInformation = (settings: Settings, client: Client, credentials: Credentials = {}) => ({
  client_id: client.clientId,
  client_id_issued_at: client.createdAt,
  client_secret: credentials.secret,
  // "REQUIRED if client_secret is issued"; 0 is never.
  client_secret_expires_at: credentials.secret === undefined ? undefined : 0,
  registration_access_token: credentials.registrationToken,
  registration_client_uri:
    credentials.registrationToken === undefined ? undefined : registrationUri(settings, client.clientId),
  client_name: client.name === "" ? undefined : client.name,
  redirect_uris: client.redirectUris,
  token_endpoint_auth_method: client.tokenEndpointAuthMethod,
  token_endpoint_auth_signing_alg: client.tokenEndpointAuthSigningAlg,
  jwks: client.jwks,
  jwks_uri: client.jwksUri,
  grant_types: client.grantTypes,
  response_types: client.grantTypes.includes("authorization_code") ? ["code"] : [],
  application_type: client.applicationType,
  dpop_bound_access_tokens: client.dpopBoundAccessTokens,
  scope: formatScope(client.scope ?? allScopes(settings)),
  client_uri: client.clientUri,
  logo_uri: client.logoUri,
  policy_uri: client.policyUri,
  tos_uri: client.tosUri
})

/** The client configuration endpoint of one client (RFC 7592 section 2). */
const registrationUri = ({ origin, paths }: Pick<Settings, "origin" | "paths">, clientId: string): string =>
  `${origin}${paths.register}/${clientId}`
