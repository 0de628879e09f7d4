import type { Nonces, ProofAlgorithm } from "@postern/dpop"
import type { HostPolicy } from "./clients/host-policy.ts"
import type { ClientException } from "./clients/options.ts"
import type { CookieSettings } from "./http/cookie.ts"
import type { Lifetimes, Rates } from "./options.ts"
import type { Client, TokenEndpointAuthMethod } from "./store.ts"

/** Every lifetime, in seconds. */
export type AllLifetimes = Readonly<Record<keyof Lifetimes, number>>

/** Every rate, in a minute. */
export type AllRates = Readonly<Record<keyof Rates, number>>

/** A resource as configured, checked. */
export interface ResourceSettings {
  readonly resource: string
  readonly name?: string | undefined
  readonly scopes: ReadonlyMap<string, { readonly description: string; readonly administratorsOnly: boolean }>
  /** As configured: absent and empty differ. */
  readonly defaultScope?: ReadonlyArray<string> | undefined
}

/** Absolute paths of the routes on this server. */
export interface Paths {
  /** Wherever a client may look for this issuer's metadata: RFC 8414 first, then OpenID Connect Discovery. */
  readonly metadata: ReadonlyArray<string>
  readonly jwks: string
  readonly authorize: string
  readonly interaction: string
  readonly login: string
  readonly consent: string
  readonly token: string
  readonly register: string
  readonly revoke: string
  readonly introspect: string
}

/** How documents are read. */
export interface DocumentSettings {
  readonly hosts: HostPolicy | undefined
  readonly staleSeconds: number
}

/** How clients may register themselves. */
export interface DynamicSettings {
  readonly maximumClients: number
  /** By hash: until when, in seconds since 1970. */
  readonly initialAccessTokens: ReadonlyMap<string, number>
  readonly required: boolean
}

/** What the options became once every one of them was checked; all that the rules read. */
export interface Settings {
  /** The issuer identifier, byte for byte as configured. */
  readonly issuer: string
  /** Scheme, host and port of the issuer: endpoints are built from it and never from a request. */
  readonly origin: string
  readonly paths: Paths
  readonly cookie: CookieSettings
  readonly resources: ReadonlyMap<string, ResourceSettings>
  readonly clients: ReadonlyMap<string, Client>
  /** Who may ask about tokens, by `client_id`, and for which resources. */
  readonly introspection: ReadonlyMap<string, ReadonlyArray<string>>
  readonly lifetimes: AllLifetimes
  readonly rates: AllRates
  /** Resources that one token may be for. */
  readonly audienceGroups: ReadonlyArray<{ readonly name: string; readonly resources: ReadonlyArray<string> }>
  /** Which proofs of a key are accepted; absent where none are looked at. */
  readonly dpop: { readonly algorithms: ReadonlyArray<ProofAlgorithm>; readonly nonces?: Nonces } | undefined
  /** Client ID Metadata Documents are read, and how. */
  readonly documents: DocumentSettings | undefined
  readonly dynamic: DynamicSettings | undefined
  /** The authentication methods that are offered: no client has another one. */
  readonly tokenEndpointAuthMethods: ReadonlyArray<TokenEndpointAuthMethod>
  readonly relax: ReadonlyArray<ClientException>
  readonly privateUseSchemes: ReadonlyArray<string>
}

/** Every scope that any resource knows, in the order of the configuration. */
export const allScopes = (settings: Pick<Settings, "resources">): ReadonlySet<string> =>
  new Set([...settings.resources.values()].flatMap((resource) => [...resource.scopes.keys()]))

/** The named resources, as far as they are still configured. */
export const resourcesOf = (
  settings: Pick<Settings, "resources">,
  { resources }: { readonly resources: ReadonlyArray<string> }
): ReadonlyArray<ResourceSettings> =>
  resources.map((resource) => settings.resources.get(resource)).filter((resource) => resource !== undefined)
