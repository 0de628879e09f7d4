import type { ApproveByConsentOutcome, ApproveOutcome, Consent, Store } from "../store.ts"
import type { Browsers } from "./browsers.ts"
import type { Clients } from "./clients.ts"
import type { Consents } from "./consents.ts"
import type { Grants } from "./grants.ts"

interface State {
  readonly browsers: Browsers
  readonly clients: Clients
  readonly consents: Consents
  readonly grants: Grants
}

type Needed = Pick<Consent, "resource" | "scope" | "clientHash">

const covers = (consents: ReadonlyArray<Consent>, needed: Needed): boolean =>
  consents.some(
    ({ resource, clientHash, scope }) =>
      resource === needed.resource &&
      clientHash === needed.clientHash &&
      needed.scope.every((token) => scope.includes(token))
  )

/** The two ways in which a grant comes into being. */
export const makeApprovals = ({
  browsers,
  clients,
  consents,
  grants
}: State): {
  readonly approve: (change: Parameters<Store["approve"]>[0]) => ApproveOutcome
  readonly approveByConsent: (change: Parameters<Store["approveByConsent"]>[0]) => ApproveByConsentOutcome
} => ({
  approve(change) {
    const { code, grant, now, sessionHash } = change
    for (const { clientId, subject } of change.consents) {
      if (clientId !== grant.clientId || subject !== grant.subject) {
        throw new Error("a consent belongs to the client and the subject of its grant")
      }
    }
    // The one who is signed in must still be, and be the one in whose name the grant is given.
    if (browsers.findSession(sessionHash, now)?.subject !== grant.subject || !browsers.waits(change)) return "Gone"
    grants.check(grant, code)
    const request = browsers.take(change)
    const registered = clients.use(grant.clientId)
    // A client that left while the page was shown gets nothing; the interaction goes with it.
    if (!registered && request?.client.origin === "registered") return "Gone"
    consents.add(change.consents, now)
    grants.add(grant, code)
    return "Approved"
  },

  approveByConsent({ code, grant, interactionHash, needed, now, sessionHash }) {
    if (browsers.findSession(sessionHash, now)?.subject !== grant.subject) return "Gone"
    const page = interactionHash === undefined ? undefined : { interactionHash, sessionHash, now }
    if (page !== undefined && !browsers.waits(page)) return "Gone"
    const inForce = consents.find(grant, now)
    if (needed.length === 0 || !needed.every((one) => covers(inForce, one))) return "Stale"
    grants.add(grant, code)
    clients.use(grant.clientId)
    if (page !== undefined) browsers.take(page)
    return "Approved"
  }
})
