import type { ClientRule } from "../claims.ts"
import type { TrustedIssuer } from "../configuration.ts"
import { checkNames, dialectOf, invalid, preset, requireHost, requireNames, trust } from "./preset.ts"

/**
 * An instance of Clerk whose OAuth access tokens are JWTs. They name an audience only when the client named a resource: tell
 * them apart by that, or, where clients do not, by the clients themselves.
 */
export type ClerkOptions = {
  /** The host of the Frontend API URL. */
  readonly domain: string
  /** Other audiences that may stand beside ours. */
  readonly foreignAudiences?: ReadonlyArray<string>
} & (
  | { readonly audience: string | ReadonlyArray<string>; readonly clients?: ClientRule }
  | { readonly audience?: undefined; readonly clients: ReadonlyArray<string> }
)

const BY_CLIENT =
  "Without an audience a token is told apart by its client alone: one that a listed client got for another server of the instance is accepted here."

/** OAuth access tokens of a Clerk instance. */
export const clerk = /*#__PURE__*/ preset("clerk", (options: ClerkOptions): TrustedIssuer => {
  checkNames(options, ["domain", "audience"])
  const { audience, clients, domain, ...rest } = options
  const issuer = `https://${requireHost("domain", domain)}`
  if (audience === undefined && !Array.isArray(clients)) {
    invalid("audience", "it has to be given, or the clients listed whose tokens are for us")
  }
  const dialect = dialectOf("clerk", {
    // `at+jwt` alone: a session token, an ID token and a machine's token are signed by the same key and are `JWT`.
    audience: audience === undefined ? { from: "claim", claim: "client_id" } : { from: "aud" },
    scope: [
      { claim: "scp", form: "list" },
      { claim: "scope", form: "text" }
    ],
    mayLack: ["jti", "scope"],
    unprotected: [
      ...(audience === undefined ? [BY_CLIENT] : []),
      "A JWT of Clerk cannot be revoked: it is good until it expires, a day."
    ]
  })
  return trust(
    {
      issuer,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      audience: audience === undefined ? requireNames("clients", clients) : requireNames("audience", audience),
      algorithms: ["RS256"],
      dialect
    },
    audience === undefined || clients === undefined ? rest : { ...rest, clients }
  )
})
