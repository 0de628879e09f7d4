import { formatAuthorizationServerMetadata, type JsonObject } from "@postern/metadata"
import { assertionAlgorithms } from "./assertion/algorithm.ts"
import { allScopes, type Settings } from "./settings.ts"

/** The metadata document (RFC 8414 section 2): from the configuration alone, never from a request's headers. */
export const metadataDocument = (settings: Settings): JsonObject => {
  const { issuer, origin, paths } = settings
  return formatAuthorizationServerMetadata({
    issuer,
    authorization_endpoint: origin + paths.authorize,
    token_endpoint: origin + paths.token,
    jwks_uri: origin + paths.jwks,
    registration_endpoint: settings.dynamic === undefined ? undefined : origin + paths.register,
    scopes_supported: [...allScopes(settings)],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: settings.documents ? true : undefined,
    protected_resources: [...settings.resources.keys()]
  })
}
