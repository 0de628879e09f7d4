// Lists of what may be shown: a name that nobody thought of stays hidden.

const named = (names: string): ReadonlySet<string> => new Set(names.trim().split(/\s+/))

/** Parameters of URLs and forms whose values are no secrets. */
export const SHOWN_PARAMETERS = named(`
  audience client_assertion_type client_id code_challenge_method error error_description error_uri grant_type iss prompt
  redirect_uri requested_token_type resource response_mode response_type scope subject_token_type token_type_hint
`)

/** Headers whose values are no secrets. `location` and `www-authenticate` are shown in part. */
export const SHOWN_HEADERS = named(`
  accept accept-encoding accept-language access-control-allow-headers access-control-allow-methods access-control-allow-origin
  access-control-expose-headers access-control-max-age age allow cache-control connection content-encoding content-language
  content-length content-type date expires host keep-alive mcp-method mcp-name mcp-protocol-version pragma retry-after server
  strict-transport-security transfer-encoding user-agent vary via x-content-type-options
`)

/** Parameters of challenges (RFC 9110 section 11.2) whose values are no secrets. */
export const SHOWN_CHALLENGE_PARAMETERS = named("algs error error_description error_uri realm resource_metadata scope")

/** Members of JSON whose members are looked into: the frame of JSON-RPC and of MCP. What a tool is told and says is not. */
export const OPENED_MEMBERS = named("_meta clientInfo data error params result serverInfo tools")

/** Members of JSON whose texts and numbers are no secrets: those of OAuth's documents and answers, and of that frame. */
const SHOWN_MEMBERS = named(`
  application_type authorization_endpoint authorization_servers bearer_methods_supported client_id client_id_issued_at client_name
  client_secret_expires_at client_uri device_authorization_endpoint dpop_bound_access_tokens end_session_endpoint error
  error_description error_uri expires_in grant_types introspection_endpoint issued_token_type issuer jwks_uri logo_uri op_policy_uri
  op_tos_uri policy_uri pushed_authorization_request_endpoint redirect_uris registration_endpoint resource resource_documentation
  resource_name resource_policy_uri resource_tos_uri response_modes response_types revocation_endpoint scope scopes
  service_documentation software_id software_version token_endpoint token_endpoint_auth_method token_type tos_uri
  userinfo_endpoint
  jsonrpc message method name protocolVersion requiredScopes resultType supported version
`)

/** Members whose numbers may be shown, of JSON-RPC; a `code` that is a text is OAuth's. */
const SHOWN_NUMBERS = named("code id")

/** Whether a value of a member may be shown. A list of what a server supports is what its name says (RFC 8414 section 2). */
export const isShownMember = (name: string, value: unknown): boolean =>
  SHOWN_MEMBERS.has(name) || /^[a-z_]+_supported$/.test(name) || (typeof value === "number" && SHOWN_NUMBERS.has(name))
