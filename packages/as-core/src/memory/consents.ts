import type { Consent } from "../store.ts"
import { makeExpiry } from "./expiry.ts"
import { makeSharedLists } from "./shared-lists.ts"

type Parties = Pick<Consent, "clientId" | "subject">

/** What users allowed clients. */
export interface Consents {
  /** Those that have not expired. */
  readonly find: (of: Parties, now: number) => ReadonlyArray<Consent>
  /** Adds each to the one in force if that was given to the same client as it is now. */
  readonly add: (consents: ReadonlyArray<Consent>, now: number) => void
  readonly forget: (of: Parties) => void
  readonly forgetClient: (clientId: string) => void
  readonly purge: (now: number, limit: number) => number
}

/** Makes an empty one. */
export const makeConsents = (): Consents => {
  // By client, and there by user: of one user and one client there are never many.
  const clients = new Map<string, Map<string, ReadonlyArray<Consent>>>()
  const held = ({ clientId, subject }: Parties): ReadonlyArray<Consent> => clients.get(clientId)?.get(subject) ?? []
  const expiry = makeExpiry<Consent>((consent) => (held(consent).includes(consent) ? consent.expiresAt : undefined))

  const share = makeSharedLists()

  const keep = ({ clientId, subject }: Parties, consents: ReadonlyArray<Consent>): void => {
    const users = clients.get(clientId) ?? new Map<string, ReadonlyArray<Consent>>()
    if (consents.length > 0) users.set(subject, consents)
    else users.delete(subject)
    if (users.size > 0) clients.set(clientId, users)
    else clients.delete(clientId)
  }

  const put = (consent: Consent, now: number): void => {
    const all = held(consent)
    const before = all.find(({ resource }) => resource === consent.resource)
    const isAddedTo = before !== undefined && before.expiresAt > now && before.clientHash === consent.clientHash
    const scope = new Set([...(isAddedTo ? before.scope : []), ...consent.scope])
    const kept = { ...consent, scope: share([...scope]) }
    keep(consent, [...all.filter((one) => one !== before), kept])
    expiry.add(kept)
    if (before !== undefined) expiry.left()
  }

  return {
    find: (of, now) => held(of).filter(({ expiresAt }) => expiresAt > now),
    add(consents, now) {
      for (const consent of consents) put(consent, now)
    },
    forget(of) {
      const all = held(of)
      keep(of, [])
      for (const _ of all) expiry.left()
    },
    forgetClient(clientId) {
      const all = [...(clients.get(clientId)?.values() ?? [])].flat()
      clients.delete(clientId)
      for (const _ of all) expiry.left()
    },
    purge(now, limit) {
      const expired = expiry.take(now, limit)
      for (const consent of expired)
        keep(
          consent,
          held(consent).filter((one) => one !== consent)
        )
      return expired.length
    }
  }
}
