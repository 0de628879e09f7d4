import type {
  ApproveByConsentOutcome,
  ApproveOutcome,
  Consent,
  DenyOutcome,
  Interaction,
  SignInOutcome,
  Store
} from "@postern/as-core"
import type { Body, Faults } from "./body.ts"
import { markUsed } from "./clients.ts"
import { addGrant, endGrants } from "./grants.ts"
import { keyOf, type Tables } from "./tables.ts"

type Change<Method extends "signIn" | "approve" | "deny" | "approveByConsent" | "endConsents"> = Parameters<
  Store[Method]
>[0]

export const alive = <A extends { readonly expiresAt: number }>(value: A | undefined, now: number): A | undefined =>
  value !== undefined && value.expiresAt > now ? value : undefined

const pending = (
  { interactions }: Tables,
  faults: Faults,
  of: { readonly interactionHash: string; readonly sessionHash: string; readonly now: number }
): Interaction | undefined => {
  const interaction = alive(interactions.get(of.interactionHash), of.now)
  return interaction?.sessionHash === of.sessionHash || faults.ignoresSession === true ? interaction : undefined
}

export function* signIn(
  tables: Tables,
  faults: Faults,
  { interactionHash, fromSessionHash, session, now }: Change<"signIn">
): Body<SignInOutcome> {
  const interaction = pending(tables, faults, { interactionHash, sessionHash: fromSessionHash, now })
  const from = alive(tables.sessions.get(fromSessionHash), now)
  yield
  if (interaction === undefined || from === undefined) return "Gone"
  tables.sessions.remove(fromSessionHash)
  tables.sessions.insert(session.idHash, session)
  tables.interactions.set(interactionHash, { ...interaction, sessionHash: session.idHash })
  return "SignedIn"
}

const consentKey = (consent: Pick<Consent, "clientId" | "subject" | "resource">): string =>
  keyOf(consent.clientId, consent.subject, consent.resource)

const remember = ({ consents }: Tables, faults: Faults, consent: Consent, now: number): void => {
  const key = consentKey(consent)
  const before = alive(consents.get(key), now)
  const same = before?.clientHash === consent.clientHash || faults.addsToOtherConsents === true
  const kept = before !== undefined && same && faults.replacesConsents !== true ? before.scope : []
  consents.set(key, { ...consent, scope: [...new Set([...kept, ...consent.scope])] })
}

export function* approve(tables: Tables, faults: Faults, change: Change<"approve">): Body<ApproveOutcome> {
  const { grant, code, now } = change
  const interaction = pending(tables, faults, change)
  const session = alive(tables.sessions.get(change.sessionHash), now)
  const { client } = interaction?.request ?? {}
  const gone = client?.origin === "registered" && tables.clients.get(client.clientId) === undefined
  yield
  if (interaction === undefined || session?.subject !== grant.subject) return "Gone"
  tables.interactions.remove(change.interactionHash)
  if (gone && faults.approvesForGoneClients !== true) return "Gone"
  markUsed(tables, faults, grant.clientId)
  addGrant(tables, grant, code)
  for (const consent of change.consents) {
    if (consent.subject !== grant.subject || consent.clientId !== grant.clientId) {
      throw new Error("a consent is its grant's subject's and client's")
    }
    remember(tables, faults, consent, now)
  }
  return "Approved"
}

export function* deny(tables: Tables, faults: Faults, change: Change<"deny">): Body<DenyOutcome> {
  const interaction = pending(tables, faults, change)
  yield
  if (interaction === undefined) return "Gone"
  tables.interactions.remove(change.interactionHash)
  return "Denied"
}

export function* approveByConsent(
  tables: Tables,
  faults: Faults,
  { sessionHash, interactionHash, grant, code, needed, now }: Change<"approveByConsent">
): Body<ApproveByConsentOutcome> {
  const session = alive(tables.sessions.get(sessionHash), now)
  const covered = needed.every(({ resource, scope, clientHash }) => {
    const consent = alive(tables.consents.get(consentKey({ ...grant, resource })), now)
    return consent?.clientHash === clientHash && scope.every((token) => consent.scope.includes(token))
  })
  const waits = interactionHash === undefined || pending(tables, faults, { interactionHash, sessionHash, now })
  yield
  if (session?.subject !== grant.subject || waits === undefined) return "Gone"
  if (!(covered && needed.length > 0) && faults.ignoresConsents !== true) return "Stale"
  if (interactionHash !== undefined && faults.keepsPages !== true) tables.interactions.remove(interactionHash)
  markUsed(tables, faults, grant.clientId)
  addGrant(tables, grant, code)
  return "Approved"
}

export function* endConsents(tables: Tables, faults: Faults, { subject, clientId }: Change<"endConsents">): Body<void> {
  yield
  for (const [key, consent] of tables.consents.entries()) {
    if (consent.subject === subject && consent.clientId === clientId) tables.consents.remove(key)
  }
  if (faults.keepsGrantsOfEndedConsents === true) return
  endGrants(tables, (grant) => grant.subject === subject && grant.clientId === clientId)
}
