import * as Effect from "effect/Effect"
import type { CommonSettings } from "./common-settings.ts"
import type { CredentialStoreFailed, StoredCredentials } from "./store.ts"

/** Where the credentials for a resource are kept, and what their tokens are asked for. */
export interface Place {
  readonly resource: string
  /** The values of `resource` in requests (RFC 8707 section 2). */
  readonly audiences: ReadonlyArray<string>
  /** The same where they are several. */
  readonly shared?: ReadonlyArray<string> | undefined
}

/** Resources that have one token, by name; the first is what it is kept under. */
const groupOf = ({ sharedResources }: Pick<CommonSettings, "sharedResources">, resource: string) =>
  sharedResources.find(({ resources }) => resources.includes(resource))

/** One place for all resources of a group: there one flow at a time. */
export const flightPlace = (settings: CommonSettings, resource: string): string =>
  groupOf(settings, resource)?.resources[0] ?? resource

/** The place of a resource at the server that protects it: its own, unless the user named a group of resources there. */
export const placeOf = (
  settings: Pick<CommonSettings, "sharedResources">,
  { audience, issuer, resource }: { readonly audience: string; readonly issuer: string; readonly resource: string }
): Place => {
  const group = groupOf(settings, resource)
  // One that names itself otherwise, or another server, is not what the user wrote down.
  if (group?.issuer !== issuer || audience !== resource) return { resource, audiences: [audience] }
  const { resources } = group
  return { resource: resources[0] ?? resource, audiences: resources, shared: resources }
}

/** Whether credentials were asked for exactly this: a token that was asked for another resource as well is another token. */
export const isAt = (place: Place, { resource, resources }: StoredCredentials): boolean =>
  resource === place.resource && JSON.stringify(resources) === JSON.stringify(place.shared)

/** All that is held for a resource in this account, alone or in its group. */
export const findAll = Effect.fnUntraced(function* (
  settings: CommonSettings,
  resource: string
): Effect.fn.Return<ReadonlyArray<StoredCredentials>, CredentialStoreFailed> {
  const { account, store } = settings
  const place = flightPlace(settings, resource)
  const own = yield* store.findCredentials(resource, account)
  const others = place === resource ? [] : yield* store.findCredentials(place, account)
  return [...others.filter(({ resources }) => resources?.includes(resource)), ...own]
})
