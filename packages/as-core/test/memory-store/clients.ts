import type { AddClientOutcome, Registration, RemoveClientOutcome, ReplaceClientOutcome, Store } from "@postern/as-core"
import type { Body, Faults } from "./body.ts"
import { endGrants } from "./grants.ts"
import type { StoredClient, Tables } from "./tables.ts"

type Change<Method extends "replaceClient" | "removeClient"> = Parameters<Store[Method]>[0]

const leavingTime = ({ registration: { unusedUntil = 0 } }: StoredClient, faults: Faults): number =>
  faults.forgetsSecondRegistrations === true ? 0 : unusedUntil

export function* addClient(
  { clients }: Tables,
  faults: Faults,
  registration: Registration,
  { maximum }: { readonly maximum: number }
): Body<AddClientOutcome> {
  const { client, metadataHash } = registration
  const known = clients
    .values()
    .find((held) => metadataHash !== undefined && held.registration.metadataHash === metadataHash)
  const held = clients.entries()
  const unused = held
    .filter(
      ([, { registration, used }]) =>
        (!used || faults.evictsUsedClients === true) &&
        (registration.registrationTokenHash === undefined || faults.evictsTrustedClients === true)
    )
    .toSorted(([, one], [, other]) => leavingTime(one, faults) - leavingTime(other, faults))
  yield
  if (known && faults.registersTwice !== true) {
    const { client: same } = known.registration
    clients.set(same.clientId, {
      ...known,
      registration: { ...known.registration, unusedUntil: registration.unusedUntil }
    })
    return { _tag: "Known", client: same }
  }
  const leaving = Math.max(0, held.length - maximum + 1)
  if (faults.ignoresMaximum !== true) {
    if (leaving > unused.length) return { _tag: "Full" }
    for (const [clientId] of unused.slice(0, leaving)) clients.remove(clientId)
  }
  clients.insert(client.clientId, { registration, used: false })
  return { _tag: "Added" }
}

/** A client of which the registration access token is this one. */
const managed = ({ clients }: Tables, faults: Faults, clientId: string, registrationTokenHash: string) => {
  const held = clients.get(clientId)
  return held?.registration.registrationTokenHash === registrationTokenHash || faults.replacesForAnyone === true
    ? held
    : undefined
}

export function* replaceClient(
  tables: Tables,
  faults: Faults,
  { registration, registrationTokenHash }: Change<"replaceClient">
): Body<ReplaceClientOutcome> {
  const { clientId } = registration.client
  const held = managed(tables, faults, clientId, registrationTokenHash)
  yield
  if (held === undefined) return "Gone"
  tables.clients.set(clientId, { ...held, registration })
  return "Replaced"
}

export function* removeClient(
  tables: Tables,
  faults: Faults,
  { clientId, registrationTokenHash }: Change<"removeClient">
): Body<RemoveClientOutcome> {
  const held = managed(tables, faults, clientId, registrationTokenHash)
  yield
  if (held === undefined) return "Gone"
  tables.clients.remove(clientId)
  if (faults.keepsGrantsOfRemovedClients === true) return "Removed"
  endGrants(tables, (grant) => grant.clientId === clientId)
  for (const [key, consent] of tables.consents.entries()) {
    if (consent.clientId === clientId) tables.consents.remove(key)
  }
  return "Removed"
}

/** Once a grant is approved for a registered client, it is used. */
export const markUsed = ({ clients }: Tables, faults: Faults, clientId: string): void => {
  const held = clients.get(clientId)
  if (held !== undefined && faults.forgetsClientUse !== true) clients.set(clientId, { ...held, used: true })
}
