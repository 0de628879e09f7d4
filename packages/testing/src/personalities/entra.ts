import { checkOptions } from "../check-options.ts"
import { optional, required, segment, text, uri } from "../checks.ts"
import { personalityOf } from "../make-personality.ts"
import type { AskedFor, Personality, PersonalityOptions, Refusal } from "../personality.ts"

/** What Entra is told. */
export interface EntraOptions extends PersonalityOptions {
  /**
   * A tenant's id; or `organizations`, for which the metadata has a template where the tenant stands.
   * `11111111-2222-3333-4444-555555555555` unless told.
   */
  readonly tenant?: string | undefined
  /** The Application ID URI of the MCP server's app, such as `api://notes`: the prefix of its scopes. Has to be given. */
  readonly applicationIdUri: string
  /**
   * The application id of that app: the audience of its tokens, and so the `audience` of the MCP server.
   * {@link ENTRA_APPLICATION_ID} unless told.
   */
  readonly applicationId?: string | undefined
}

/** The application id of the MCP server's app, unless told: what its tokens are for. */
export const ENTRA_APPLICATION_ID = "22222222-3333-4444-5555-666666666666"

const TENANT = "11111111-2222-3333-4444-555555555555"

const OPTIONS = { tenant: optional(segment), applicationIdUri: required(uri), applicationId: optional(text) }

/**
 * Microsoft Entra ID, version 2 of its endpoints.
 *
 * - OpenID metadata alone, behind the path of the issuer, without PKCE methods, `none` and `iss`; no registration
 * - `scope` has to be there (AADSTS900144), each with the Application ID URI before it (AADSTS650053)
 * - `resource` has to be that URI, at both endpoints (AADSTS9010010, since March 2026)
 * - the token is for the application id, and its scopes have no prefix there
 *
 * Sources: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow and
 * https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc; recorded exchanges in
 * https://github.com/microsoft/powerbi-modeling-mcp/issues/68, https://github.com/punkpeye/mcp-remote/issues/217,
 * https://github.com/anthropics/claude-code/issues/73460 and, for `organizations`,
 * https://github.com/microsoft/azure-devops-mcp/issues/1601.
 */
export const entra = (options: EntraOptions): Personality => {
  const { applicationId = ENTRA_APPLICATION_ID, applicationIdUri, tenant = TENANT } = checkOptions(options, OPTIONS)
  const origin = "https://login.microsoftonline.com"
  const issuer = `${origin}/${tenant}/v2.0`
  const prefix = `${applicationIdUri}/`
  const server = personalityOf(
    {
      issuer,
      authorizationEndpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
      tokenEndpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
      metadataUrls: [`${issuer}/.well-known/openid-configuration`],
      metadata: {
        issuer: tenant === "organizations" ? ENTRA_ISSUER_TEMPLATE : issuer,
        code_challenge_methods_supported: undefined,
        token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        scopes_supported: ["openid", "profile", "email", "offline_access"]
      },
      callbackIssuer: null,
      audience: () => [applicationId],
      refuses: (asked, endpoint) => refusal(asked, endpoint, applicationIdUri),
      issuesRefreshToken: ({ scope }) => scope.includes("offline_access")
    },
    options
  )
  return {
    ...server,
    inspect: (token) => {
      const facts = server.inspect(token)
      return facts && { ...facts, scope: facts.scope.map((name) => name.replace(prefix, "")) }
    }
  }
}

/** The `issuer` in the metadata of `organizations`, byte for byte. */
export const ENTRA_ISSUER_TEMPLATE = "https://login.microsoftonline.com/{tenantid}/v2.0"

const OPENID = ["openid", "profile", "email", "offline_access"]

const refusal = (
  { resources, scope }: AskedFor,
  endpoint: "authorization" | "token",
  applicationIdUri: string
): Refusal | undefined => {
  if (endpoint === "authorization" && scope.length === 0) {
    return { error: "invalid_request", description: "AADSTS900144: scope is missing" }
  }
  const ofApi = scope.filter((token) => !OPENID.includes(token))
  const isWhole = ofApi.every((token) => token.startsWith(`${applicationIdUri}/`))
  const named = resources.length > 0
  if (named && (!isWhole || resources.some((resource) => resource !== applicationIdUri))) {
    return { error: "invalid_target", description: "AADSTS9010010: resource and scope do not agree" }
  }
  return isWhole ? undefined : { error: "invalid_client", description: "AADSTS650053: no such scope at Graph" }
}
