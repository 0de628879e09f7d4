import type { TrustedIssuer } from "../configuration.ts"
import {
  checkNames,
  dialectOf,
  preset,
  type PresetRules,
  requireNames,
  requireServer,
  requireText,
  trust
} from "./preset.ts"

/** A realm of Keycloak. */
export interface KeycloakOptions extends PresetRules {
  /** The URL under which clients see Keycloak, with its path if it has one, without a slash at the end. */
  readonly server: string
  readonly realm: string
  /** What the realm's Audience mapper, or its resource indicator, puts into `aud`. */
  readonly audience: string | ReadonlyArray<string>
}

/** Access tokens of a Keycloak realm. */
export const keycloak = /*#__PURE__*/ preset("keycloak", (options: KeycloakOptions): TrustedIssuer => {
  checkNames(options, ["server", "realm", "audience"])
  const server = requireServer("server", options.server)
  const realm = requireText(
    "realm",
    options.realm,
    /^[A-Za-z0-9_~.-]+$/,
    "it has to be the realm's name as it stands in its URL"
  )
  const issuer = `${server}/realms/${realm}`
  const dialect = dialectOf("keycloak", {
    // `JWT` unless the client is set to use `at+jwt`.
    types: ["jwt", "at+jwt"],
    clientId: ["azp"],
    // The payload says what kind of token it is: `ID`, `Refresh`, `Offline` and `Logout` are others.
    fixed: { typ: ["Bearer", "DPoP"] },
    // Not `nonce`, which older versions put into access tokens too.
    absent: ["at_hash", "c_hash"],
    unprotected: [
      "An Audience mapper in a default client scope names this server in every token of every client, whatever resource was asked for: use an optional client scope or resource indicators.",
      "`account` beside this server's name is accepted: it is Keycloak's own, and whoever holds the token can use it there.",
      "A token is good until it expires: the end of the user's session is not seen before."
    ]
  })
  return trust(
    {
      issuer,
      jwksUri: `${issuer}/protocol/openid-connect/certs`,
      audience: requireNames("audience", options.audience),
      dialect
    },
    options,
    ["account"]
  )
})
