import type { DenyOutcome, Interaction, PendingRequest, Session, SignInOutcome, Store } from "../store.ts"
import { makeTable } from "./table.ts"

interface Waiting {
  readonly interactionHash: string
  readonly sessionHash: string
  readonly now: number
}

/** Browsers, and what waits for whoever sits before them. */
export interface Browsers {
  readonly addSession: (session: Session) => void
  readonly findSession: (idHash: string, now: number) => Session | undefined
  readonly addInteraction: (interaction: Interaction, limits: { readonly maximum: number }) => void
  readonly findInteraction: (idHash: string, now: number) => Interaction | undefined
  readonly signIn: (change: Parameters<Store["signIn"]>[0]) => SignInOutcome
  /** Whether the interaction waits in this browser's session. */
  readonly waits: (change: Waiting) => boolean
  /** Takes the interaction away from this browser's session: whoever takes it decides, everyone after finds it gone. */
  readonly take: (change: Waiting) => PendingRequest | undefined
  readonly deny: (change: Waiting) => DenyOutcome
  readonly purge: (now: number, limit: number) => number
}

/** Makes an empty one. */
export const makeBrowsers = (): Browsers => {
  const sessions = makeTable<Session>(({ idHash }) => idHash)
  const interactions = makeTable<Interaction>(({ idHash }) => idHash)
  /** How many interactions wait in a session. */
  const counts = new Map<string, number>()

  const count = ({ sessionHash }: Interaction, by: number): void => {
    const waiting = (counts.get(sessionHash) ?? 0) + by
    if (waiting > 0) counts.set(sessionHash, waiting)
    else counts.delete(sessionHash)
  }

  const find = ({ interactionHash, now, sessionHash }: Waiting): Interaction | undefined => {
    const found = interactions.find(interactionHash, now)
    return found?.sessionHash === sessionHash ? found : undefined
  }

  const remove = (interaction: Interaction): void => {
    interactions.remove(interaction.idHash)
    count(interaction, -1)
  }

  const take = (change: Waiting): PendingRequest | undefined => {
    const found = find(change)
    if (found !== undefined) remove(found)
    return found?.request
  }

  /** The oldest leaves, and its browser's session with it where nobody is signed in there and no other request waits. */
  const dropOldest = (): void => {
    const oldest = interactions.oldest()
    if (oldest === undefined) return
    remove(oldest)
    const session = sessions.find(oldest.sessionHash, 0)
    if (session?.subject === undefined && !counts.has(oldest.sessionHash)) sessions.remove(oldest.sessionHash)
  }

  return {
    addSession: sessions.add,
    findSession: sessions.find,

    addInteraction(interaction, { maximum }) {
      interactions.add(interaction)
      count(interaction, 1)
      while (interactions.size() > maximum) dropOldest()
    },

    findInteraction: interactions.find,

    signIn({ fromSessionHash, interactionHash, now, session }) {
      const from = sessions.find(fromSessionHash, now)
      const found = find({ interactionHash, sessionHash: fromSessionHash, now })
      if (from === undefined || found === undefined) return "Gone"
      sessions.add(session)
      sessions.remove(fromSessionHash)
      const moved = { ...found, sessionHash: session.idHash }
      interactions.put(moved)
      count(found, -1)
      count(moved, 1)
      return "SignedIn"
    },

    waits: (change) => find(change) !== undefined,
    take,
    deny: (change) => (take(change) === undefined ? "Gone" : "Denied"),
    purge: (now, limit) => sessions.purge(now, limit) + interactions.purge(now, limit, (one) => count(one, -1))
  }
}
