import type { TrustedIssuer } from "../configuration.ts"
import { checkNames, dialectOf, preset, type PresetRules, requireHost, requireNames, trust } from "./preset.ts"

/** A tenant of Auth0. */
export interface Auth0Options extends PresetRules {
  /** The tenant's domain or its custom domain, whichever clients use: `iss` names that one. */
  readonly domain: string
  /** The identifier of the API: the URL of this server. */
  readonly audience: string | ReadonlyArray<string>
}

/** Access tokens of an Auth0 API, with either of its two token profiles. */
export const auth0 = /*#__PURE__*/ preset("auth0", (options: Auth0Options): TrustedIssuer => {
  checkNames(options, ["domain", "audience"])
  const issuer = `https://${requireHost("domain", options.domain)}/`
  const dialect = dialectOf("auth0", {
    types: ["jwt", "at+jwt"],
    // The RFC 9068 profile has `client_id`, Auth0's own has `azp`.
    clientId: ["client_id", "azp"],
    // Auth0's own profile has no `jti`; what was granted without scopes has no `scope`.
    mayLack: ["jti", "scope"],
    unprotected: [
      "Nothing but `aud` tells an access token from an ID token, whose `aud` is the client: never give a client's id as `audience`.",
      "Tokens of Auth0's own profile have no `jti`, so that none of them can be revoked by its id: choose the RFC 9068 profile for that.",
      "`permissions` is what the user may do and not what the client was given: it is not taken for scopes.",
      "A token is good until it expires, a day unless the API says less: that it was revoked is not seen before."
    ]
  })
  return trust(
    {
      issuer,
      jwksUri: `${issuer}.well-known/jwks.json`,
      audience: requireNames("audience", options.audience),
      dialect
    },
    options,
    // Auth0's own endpoint, there whenever the client asked for `openid`.
    [`${issuer}userinfo`]
  )
})
