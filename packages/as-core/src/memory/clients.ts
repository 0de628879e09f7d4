import type {
  AddClientOutcome,
  Client,
  Registration,
  RemoveClientOutcome,
  ReplaceClientOutcome,
  Store
} from "../store.ts"

interface Held {
  readonly registration: Registration
  readonly used: boolean
}

/** Clients that registered themselves. */
export interface Clients {
  readonly find: (clientId: string) => Registration | undefined
  readonly add: (registration: Registration, limits: { readonly maximum: number }) => AddClientOutcome
  readonly replace: (change: Parameters<Store["replaceClient"]>[0]) => ReplaceClientOutcome
  readonly remove: (of: { readonly clientId: string; readonly registrationTokenHash: string }) => RemoveClientOutcome
  /** Marks a client as used, if it is there; whether it is. */
  readonly use: (clientId: string) => boolean
  readonly purge: (now: number, limit: number) => number
}

/** Makes an empty one. There are never more than `maximum`, so that what is rare may look at each of them. */
export const makeClients = (): Clients => {
  // In the order in which they were added, also after a change.
  const clients = new Map<string, Held>()
  const byMetadata = new Map<string, string>()

  const put = (held: Held): void => {
    const { client, metadataHash } = held.registration
    const before = clients.get(client.clientId)?.registration.metadataHash
    if (before !== undefined) byMetadata.delete(before)
    if (metadataHash !== undefined) byMetadata.set(metadataHash, client.clientId)
    clients.set(client.clientId, held)
  }

  const leave = (clientId: string): void => {
    const { metadataHash } = clients.get(clientId)?.registration ?? {}
    if (metadataHash !== undefined) byMetadata.delete(metadataHash)
    clients.delete(clientId)
  }

  const findKnown = (metadataHash: string | undefined): Held | undefined => {
    const clientId = metadataHash === undefined ? undefined : byMetadata.get(metadataHash)
    return clientId === undefined ? undefined : clients.get(clientId)
  }

  /**
   * As many as are too many leave of those that nobody ever used and anybody could have registered, first the ones that were
   * registered longest ago, or registered again.
   */
  const makeRoom = (maximum: number): boolean => {
    const leaving = clients.size - maximum + 1
    if (leaving <= 0) return true
    const unused = [...clients.values()]
      .filter(({ registration, used }) => !used && registration.registrationTokenHash === undefined)
      .map(({ registration: { client, unusedUntil = 0 } }) => ({ clientId: client.clientId, unusedUntil }))
      .toSorted((one, other) => one.unusedUntil - other.unusedUntil)
    if (unused.length < leaving) return false
    for (const { clientId } of unused.slice(0, leaving)) leave(clientId)
    return true
  }

  const isManagedBy = (held: Held | undefined, registrationTokenHash: string): held is Held =>
    held?.registration.registrationTokenHash === registrationTokenHash

  const known = ({ registration, used }: Held, unusedUntil: number | undefined): Client => {
    put({ registration: { ...registration, unusedUntil }, used })
    return registration.client
  }

  return {
    find: (clientId) => clients.get(clientId)?.registration,

    add(registration, { maximum }) {
      const same = findKnown(registration.metadataHash)
      if (same !== undefined) return { _tag: "Known", client: known(same, registration.unusedUntil) }
      if (clients.has(registration.client.clientId)) throw new Error("the key is taken")
      if (!makeRoom(maximum)) return { _tag: "Full" }
      put({ registration, used: false })
      return { _tag: "Added" }
    },

    replace({ registration, registrationTokenHash }) {
      const { clientId } = registration.client
      const held = clients.get(clientId)
      if (!isManagedBy(held, registrationTokenHash)) return "Gone"
      const same = findKnown(registration.metadataHash)
      if (same !== undefined && same !== held) throw new Error("the key is taken")
      put({ ...held, registration })
      return "Replaced"
    },

    remove({ clientId, registrationTokenHash }) {
      if (!isManagedBy(clients.get(clientId), registrationTokenHash)) return "Gone"
      leave(clientId)
      return "Removed"
    },

    use(clientId) {
      const held = clients.get(clientId)
      if (held !== undefined && !held.used) put({ ...held, used: true })
      return held !== undefined
    },

    purge(now, limit) {
      const past = [...clients.values()].filter(
        ({ registration: { unusedUntil }, used }) => !used && unusedUntil !== undefined && unusedUntil <= now
      )
      const leaving = past.slice(0, limit)
      for (const { registration } of leaving) leave(registration.client.clientId)
      return leaving.length
    }
  }
}
