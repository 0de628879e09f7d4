import type { TrustedIssuer } from "../configuration.ts"
import type { Dialect } from "../dialect.ts"
import { checkNames, dialectOf, invalid, preset, type PresetRules, requireNames, requireText, trust } from "./preset.ts"

/** An app registration of Microsoft Entra ID that stands for this server. */
export interface EntraOptions extends PresetRules {
  /** The directory (tenant) id: a GUID, not `common` or a domain, because `iss` names the tenant by it. */
  readonly tenant: string
  /** What stands in `aud`: the application (client) id of the API; in tokens of version 1 perhaps its Application ID URI. */
  readonly audience: string | ReadonlyArray<string>
  /**
   * What clients ask for before each scope, with its last slash: `api://<application id>/`. Entra leaves it out of the
   * token; with it here, scopes are the same in the token, in the rules for operations and in the challenge.
   */
  readonly scopePrefix?: string
  /** Takes an application's own permissions (`roles`) for scopes where the token has no `scp`; not unless told. */
  readonly applicationRoles?: boolean
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const UNPROTECTED = [
  "`aud` names the app registration: servers that share one registration accept each other's tokens.",
  "A token is good until it expires, 60 to 90 minutes: a sign-out or a disabled account is not seen before."
]

const OWN_APPLICATIONS =
  "With `applicationRoles`, `roles` of a token without `scp` are what an administrator granted to the application: no user agreed to them."

const ROLES = { claim: "roles", form: "list" } as const

const make = (
  version: Pick<Dialect, "clientId" | "fixed"> & {
    readonly name: string
    readonly issuer: (tenant: string) => string
    readonly keys: string
    readonly unprotected: ReadonlyArray<string>
  }
) =>
  preset(version.name, (options: EntraOptions): TrustedIssuer => {
    checkNames(options, ["tenant", "audience", "scopePrefix", "applicationRoles"])
    const tenant = requireText("tenant", options.tenant, GUID, "it has to be the tenant's id, a GUID in lower case")
    const { applicationRoles: roles = false } = options
    if (typeof roles !== "boolean") return invalid("applicationRoles", "it has to be true or false")
    const dialect = dialectOf(version.name, {
      types: ["jwt"],
      clientId: version.clientId,
      // The first that is there: a user's roles stand beside `scp` and never widen what the client was given.
      scope: [{ claim: "scp", form: "text" }, ...(roles ? [ROLES] : [])],
      id: ["uti"],
      mayLack: ["jti"],
      fixed: version.fixed,
      unprotected: [...version.unprotected, ...UNPROTECTED, ...(roles ? [OWN_APPLICATIONS] : [])],
      ...(options.scopePrefix === undefined
        ? {}
        : { scopePrefix: requireText("scopePrefix", options.scopePrefix, /\/$/, "it has to end with a slash") })
    })
    return trust(
      {
        issuer: version.issuer(tenant),
        jwksUri: `https://login.microsoftonline.com/${tenant}${version.keys}`,
        audience: requireNames("audience", options.audience),
        algorithms: ["RS256"],
        dialect
      },
      options
    )
  })

/** Tokens of version 2 of Microsoft Entra ID (`requestedAccessTokenVersion: 2`), public cloud. */
export const entraV2 = /*#__PURE__*/ make({
  name: "entra-v2",
  issuer: (tenant) => `https://login.microsoftonline.com/${tenant}/v2.0`,
  keys: "/discovery/v2.0/keys",
  clientId: ["azp"],
  fixed: { ver: ["2.0"] },
  unprotected: []
})

/** Tokens of version 1 of Microsoft Entra ID (`requestedAccessTokenVersion: null`), public cloud. */
export const entraV1 = /*#__PURE__*/ make({
  name: "entra-v1",
  issuer: (tenant) => `https://sts.windows.net/${tenant}/`,
  keys: "/discovery/keys",
  clientId: ["appid"],
  fixed: { ver: ["1.0"] },
  unprotected: [
    "`aud` is what the client asked for, the Application ID URI or the application id: both have to be listed to accept all tokens for this server."
  ]
})
