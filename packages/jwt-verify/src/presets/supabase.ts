import type { TrustedIssuer } from "../configuration.ts"
import { checkNames, dialectOf, preset, type PresetRules, requireNames, requireServer, trust } from "./preset.ts"

/** A Supabase project with its OAuth 2.1 server on and asymmetric signing keys. */
export interface SupabaseOptions extends PresetRules {
  /** The project's URL, without a slash at the end. */
  readonly url: string
  /** What a custom access token hook puts into `aud`; without one all tokens say `authenticated`. */
  readonly audience?: string | ReadonlyArray<string>
}

const EVERYONE = "authenticated"

const ALL_SERVERS =
  "`aud` is `authenticated` in every token of the project: one that a client got for another server is accepted here. Name `clients`, or set `aud` in a custom access token hook and give it as `audience`."

/** Access tokens that the OAuth 2.1 server of a Supabase project gave to a client. */
export const supabase = /*#__PURE__*/ preset("supabase", (options: SupabaseOptions): TrustedIssuer => {
  checkNames(options, ["url", "audience"])
  const issuer = `${requireServer("url", options.url)}/auth/v1`
  const audience = options.audience === undefined ? [EVERYONE] : requireNames("audience", options.audience)
  const dialect = dialectOf("supabase", {
    types: ["jwt"],
    // Without `client_id` it is the session of the project's own app.
    fixed: { role: ["authenticated"] },
    mayLack: ["jti", "scope"],
    unprotected: [
      ...(audience.includes(EVERYONE) ? [ALL_SERVERS] : []),
      "There are no scopes of one's own: what a client may do is decided by `client_id` and the user, not by scopes.",
      "A token is good until it expires, an hour unless the project says otherwise: a sign-out is not seen before."
    ]
  })
  return trust(
    { issuer, jwksUri: `${issuer}/.well-known/jwks.json`, audience, algorithms: ["ES256", "RS256"], dialect },
    options,
    // The project's own API, which a hook may leave beside ours.
    [EVERYONE]
  )
})
