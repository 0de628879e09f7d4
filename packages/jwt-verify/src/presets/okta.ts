import type { TrustedIssuer } from "../configuration.ts"
import {
  checkNames,
  dialectOf,
  preset,
  type PresetRules,
  requireHost,
  requireNames,
  requireText,
  trust
} from "./preset.ts"

/** A custom authorization server of Okta. */
export interface OktaOptions extends PresetRules {
  /** The org's domain or its custom domain, whichever the authorization server's issuer has. */
  readonly domain: string
  /** `default` or the server's id. The org's own server is none of these: its tokens are for Okta alone. */
  readonly authorizationServer: string
  /** The audience that the authorization server was given. */
  readonly audience: string | ReadonlyArray<string>
}

/** Access tokens of an Okta custom authorization server. */
export const okta = /*#__PURE__*/ preset("okta", (options: OktaOptions): TrustedIssuer => {
  checkNames(options, ["domain", "authorizationServer", "audience"])
  const server = requireText(
    "authorizationServer",
    options.authorizationServer,
    /^[A-Za-z0-9]+$/,
    "it has to be default or the id of a custom authorization server"
  )
  const issuer = `https://${requireHost("domain", options.domain)}/oauth2/${server}`
  const dialect = dialectOf("okta", {
    // The header has an algorithm and a key alone.
    types: ["jwt", "at+jwt"],
    typeMayBeAbsent: true,
    clientId: ["cid"],
    scope: [{ claim: "scp", form: "list" }],
    // `sub` is a user's login name, which can pass on to another user; a client of its own has no `uid`.
    subject: ["uid", "sub"],
    unprotected: [
      "An authorization server has one audience: all servers behind it accept each other's tokens. Give each its own.",
      "A token is good until it expires: that it was revoked is not seen before."
    ]
  })
  return trust(
    {
      issuer,
      jwksUri: `${issuer}/v1/keys`,
      audience: requireNames("audience", options.audience),
      algorithms: ["RS256"],
      dialect
    },
    options
  )
})
