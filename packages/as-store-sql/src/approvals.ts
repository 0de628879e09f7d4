import type { ApproveByConsentOutcome, ApproveOutcome, Code, Consent, Grant } from "@postern/as-core"
import { useClient } from "./clients.ts"
import { addCode } from "./codes.ts"
import { addConsents, lockConsents } from "./consents.ts"
import { addGrant } from "./grants.ts"
import { lockInteraction, takeInteraction } from "./interactions.ts"
import { lockSession } from "./sessions.ts"
import type { Body } from "./statement.ts"

export function* approve(change: {
  readonly interactionHash: string
  readonly sessionHash: string
  readonly grant: Grant
  readonly code: Code
  readonly consents: ReadonlyArray<Consent>
  readonly now: number
}): Body<ApproveOutcome> {
  const { grant, code, now } = change
  // The one who is signed in must still be, and be the one in whose name the grant is given.
  const session = yield* lockSession(change.sessionHash, now)
  if (session?.subject !== grant.subject) return "Gone"
  const request = yield* takeInteraction(change)
  if (request === undefined) return "Gone"
  const registered = yield* useClient(grant.clientId, now)
  // A client that left while the page was shown gets nothing; the interaction goes with it.
  if (!registered && request.client.origin === "registered") return "Gone"
  yield* addConsents(change.consents, grant, now)
  yield* addGrant(grant)
  yield* addCode(code, grant)
  return "Approved"
}

const covers = (
  consents: ReadonlyArray<Consent>,
  needed: Pick<Consent, "resource" | "scope" | "clientHash">
): boolean =>
  consents.some(
    ({ resource, clientHash, scope }) =>
      resource === needed.resource &&
      clientHash === needed.clientHash &&
      needed.scope.every((token) => scope.includes(token))
  )

export function* approveByConsent(change: {
  readonly sessionHash: string
  readonly interactionHash?: string | undefined
  readonly grant: Grant
  readonly code: Code
  readonly needed: ReadonlyArray<Pick<Consent, "resource" | "scope" | "clientHash">>
  readonly now: number
}): Body<ApproveByConsentOutcome> {
  const { sessionHash, interactionHash, grant, code, needed, now } = change
  const session = yield* lockSession(sessionHash, now)
  if (session?.subject !== grant.subject) return "Gone"
  const page = interactionHash === undefined ? undefined : { interactionHash, sessionHash, now }
  if (page !== undefined && !(yield* lockInteraction(page))) return "Gone"
  yield* useClient(grant.clientId, now)
  const consents = yield* lockConsents(grant, now)
  if (needed.length === 0 || !needed.every((one) => covers(consents, one))) return "Stale"
  if (page !== undefined) yield* takeInteraction(page)
  yield* addGrant(grant)
  yield* addCode(code, grant)
  return "Approved"
}
