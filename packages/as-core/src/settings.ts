import type { CookieSettings } from "./http/cookie.ts"
import type { Lifetimes } from "./options.ts"
import type { Client } from "./store.ts"

/** Every lifetime, in seconds. */
export type AllLifetimes = Readonly<Record<keyof Lifetimes, number>>

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
  readonly metadata: string
  readonly jwks: string
  readonly authorize: string
  readonly interaction: string
  readonly login: string
  readonly consent: string
  readonly token: string
  readonly register: string
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
  readonly lifetimes: AllLifetimes
  /** Client ID Metadata Documents are read. */
  readonly documents: boolean
  /** Dynamic registration, and how many clients it may hold. */
  readonly dynamic: { readonly maximumClients: number } | undefined
  readonly privateUseSchemes: ReadonlyArray<string>
}

/** Every scope that any resource knows, in the order of the configuration. */
export const allScopes = (settings: Pick<Settings, "resources">): ReadonlySet<string> =>
  new Set([...settings.resources.values()].flatMap((resource) => [...resource.scopes.keys()]))

/** The named resources, as far as they are still configured. */
export const resourcesOf = (
  settings: Pick<Settings, "resources">,
  { resources }: { readonly resources: ReadonlyArray<string> }
): ReadonlyArray<ResourceSettings> => resources.flatMap((resource) => settings.resources.get(resource) ?? [])
