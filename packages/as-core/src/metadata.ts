import { formatAuthorizationServerMetadata, type JsonObject } from "@postern/metadata"
import { assertionAlgorithms } from "./assertion/algorithm.ts"
import { allScopes, type Settings } from "./settings.ts"

/** The metadata document (RFC 8414 section 2): from the configuration alone, never from a request's headers. */
export const metadataDocument = (settings: Settings): JsonObject => {
  const { issuer, origin, paths, tokenEndpointAuthMethods: methods } = settings
  // RFC 8414 section 2: needed beside private_key_jwt, and of no use without.
  const algorithms = methods.includes("private_key_jwt") ? assertionAlgorithms : undefined
  const introspects = settings.introspection.size > 0
  return formatAuthorizationServerMetadata({
    issuer,
    authorization_endpoint: origin + paths.authorize,
    token_endpoint: origin + paths.token,
    revocation_endpoint: origin + paths.revoke,
    introspection_endpoint: introspects ? origin + paths.introspect : undefined,
    jwks_uri: origin + paths.jwks,
    registration_endpoint: settings.dynamic === undefined ? undefined : origin + paths.register,
    scopes_supported: [...allScopes(settings)],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: grantTypesOf(settings),
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    code_challenge_methods_supported: ["S256"],
    dpop_signing_alg_values_supported: settings.dpop?.algorithms,
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: settings.documents ? true : undefined,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint_auth_methods_supported: introspects
      ? methods.filter((method) => method !== "none")
      : undefined,
    introspection_endpoint_auth_signing_alg_values_supported: introspects ? algorithms : undefined,
    prompt_values_supported: ["none", "login", "consent", "select_account"],
    // OpenID Connect Discovery section 3 requires them of every document, also where no ID token is ever issued.
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    protected_resources: [...settings.resources.keys()]
  })
}

/** A client acts for itself only where one may: a configured one, or one that is registered with an initial access token. */
const grantTypesOf = ({ clients, dynamic }: Pick<Settings, "clients" | "dynamic">): ReadonlyArray<string> => [
  "authorization_code",
  "refresh_token",
  ...([...clients.values()].some((client) => client.grantTypes.includes("client_credentials")) ||
  (dynamic?.initialAccessTokens.size ?? 0) > 0
    ? ["client_credentials"]
    : [])
]
