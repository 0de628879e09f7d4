import type { ClientRule } from "../claims.ts"
import type { TrustedIssuer } from "../configuration.ts"
import type { AudienceSource } from "../dialect.ts"
import { checkNames, dialectOf, invalid, preset, type PresetRules, requireNames, requireText, trust } from "./preset.ts"

/** Which user pool signs the tokens. */
export interface UserPool {
  /** For example `eu-central-1`. */
  readonly region: string
  /** The pool's id: the region, an underscore, and letters and digits. */
  readonly userPool: string
  /** Other audiences, or identifiers of other resource servers, that may stand beside ours. */
  readonly foreignAudiences?: ReadonlyArray<string>
}

/**
 * A user pool of Amazon Cognito, and how its tokens are told apart, for they have no `aud` unless the client named a
 * resource: by that (`resource`), by a scope of our resource server (`scope-prefix`), or by the app client alone (`client`).
 */
export type CognitoOptions = UserPool &
  (
    | {
        readonly strategy: "resource"
        /** The URL that clients name as their resource. */
        readonly audience: string | ReadonlyArray<string>
        readonly clients?: ClientRule
      }
    | {
        readonly strategy: "scope-prefix"
        /** The identifier of our resource server, the part of a custom scope before its last slash. */
        readonly resourceServer: string | ReadonlyArray<string>
        /** Our URL, for tokens that have an `aud` all the same. */
        readonly audience?: string | ReadonlyArray<string>
        readonly clients?: ClientRule
      }
    | {
        readonly strategy: "client"
        /** The app clients whose tokens are for us. */
        readonly clients: ReadonlyArray<string>
        /** Our URL, for tokens that have an `aud` all the same. */
        readonly audience?: string | ReadonlyArray<string>
      }
  )

interface Strategy {
  readonly source: AudienceSource
  /** The names that the source is compared with, besides our URL. */
  readonly names: ReadonlyArray<string>
  readonly unprotected: ReadonlyArray<string>
}

const decide = (options: CognitoOptions): Strategy => {
  switch (options.strategy) {
    case "resource":
      return { source: { from: "aud" }, names: requireNames("audience", options.audience), unprotected: [] }
    case "scope-prefix":
      return {
        // The name of a custom scope has no slash, so that the last one ends the resource server's identifier.
        source: { from: "scope-prefix", separator: "/" },
        names: requireNames("resourceServer", options.resourceServer),
        unprotected: [
          "Without `aud` a token is told apart by its scopes alone: whichever client may ask for one of this server's scopes has a token for it."
        ]
      }
    case "client":
      return {
        source: { from: "claim", claim: "client_id" },
        names: requireNames("clients", options.clients),
        unprotected: [
          "Without `aud` a token is told apart by its app client alone: one that a listed client got for another server of the pool is accepted here."
        ]
      }
    default:
      return invalid("strategy", "it has to be resource, scope-prefix or client")
  }
}

/** Access tokens of an Amazon Cognito user pool. */
export const cognito = /*#__PURE__*/ preset("cognito", (options: CognitoOptions): TrustedIssuer => {
  checkNames(options, ["region", "userPool", "strategy", "audience", "resourceServer"])
  const region = requireText(
    "region",
    options.region,
    /^[a-z]{2}(?:-[a-z]+)+-[0-9]$/,
    "it has to be the name of a region"
  )
  const userPool = requireText(
    "userPool",
    options.userPool,
    /^[a-z0-9-]+_[0-9A-Za-z]+$/,
    "it has to be a user pool's id"
  )
  if (!userPool.startsWith(`${region}_`)) invalid("userPool", "it has to begin with its region")
  const { names, source, unprotected } = decide(options)
  const urls = options.audience === undefined ? [] : requireNames("audience", options.audience)
  const issuer = `https://cognito-idp.${region}.amazonaws.com/${userPool}`
  const dialect = dialectOf("cognito", {
    // The header has an algorithm and a key; `token_use` says what kind of token it is.
    types: ["jwt"],
    typeMayBeAbsent: true,
    audience: source,
    fixed: { token_use: ["access"] },
    unprotected: [
      ...unprotected,
      "A token is good until it expires, at most a day: that it was revoked is not seen before."
    ]
  })
  const rules: PresetRules =
    options.strategy === "client" || options.clients === undefined ? {} : { clients: options.clients }
  return trust(
    {
      issuer,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      audience: [...new Set([...names, ...urls])],
      algorithms: ["RS256"],
      dialect
    },
    { ...rules, ...(options.foreignAudiences === undefined ? {} : { foreignAudiences: options.foreignAudiences }) }
  )
})
