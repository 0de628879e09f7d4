import { isSubset, type ScopeSet } from "@postern/scope"
import type { ResourceSettings } from "../../settings.ts"
import type { Client, Consent } from "../../store.ts"

/** A consent as the commit checks it once more. */
export type NeededConsent = Pick<Consent, "resource" | "scope" | "clientHash">

const isOnOrigin = (uri: string, origin: string): boolean => uri.startsWith("https:") && new URL(uri).origin === origin

/**
 * Whether a consent given before may stand for this one: only where nobody else can be taken for the client, because it
 * authenticates, or because the answer goes nowhere but to the origin that its document is from (OAuth 2.1 section 7.3.1).
 * A name on this computer, or a client that anybody may register, is asked about each time.
 */
export const mayBeRemembered = (
  client: Pick<Client, "clientId" | "origin" | "redirectUris" | "tokenEndpointAuthMethod">
): boolean => {
  if (client.tokenEndpointAuthMethod !== "none") return true
  if (client.origin !== "document") return false
  const { origin } = new URL(client.clientId)
  return client.redirectUris.every((uri) => isOnOrigin(uri, origin))
}

/** What consents have to hold for this scope, one for each resource: a scope of several resources is needed at each. */
export const neededConsents = (facts: {
  readonly resources: ReadonlyArray<ResourceSettings>
  readonly scope: ScopeSet
  readonly clientHash: string
}): ReadonlyArray<NeededConsent> =>
  facts.resources.flatMap(({ resource, scopes }) => {
    const scope = [...facts.scope].filter((one) => scopes.has(one))
    return scope.length === 0 ? [] : [{ resource, scope, clientHash: facts.clientHash }]
  })

/** Whether what is needed was all allowed before, for the client as it shows itself now. */
export const isCovered = (needed: ReadonlyArray<NeededConsent>, consents: ReadonlyArray<Consent>): boolean =>
  needed.length > 0 &&
  needed.every((one) =>
    consents.some(
      (consent) =>
        consent.resource === one.resource &&
        consent.clientHash === one.clientHash &&
        isSubset(new Set(one.scope), new Set(consent.scope))
    )
  )
