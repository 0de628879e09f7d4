import { sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import { clientHashInput } from "../clients/client-hash.ts"
import type { Engine } from "../engine.ts"
import { type Authority, splitByAuthority } from "../grantable.ts"
import type { Person } from "../people.ts"
import { resourcesOf } from "../settings.ts"
import type { PendingRequest } from "../store.ts"
import { mintGrant } from "./grant.ts"
import { isCovered, mayBeRemembered, neededConsents } from "./rules/remembered.ts"

/** A request of somebody who is signed in. */
export interface KnownRequest {
  readonly request: PendingRequest
  readonly person: Person
  readonly authority: Authority
  readonly sessionHash: string
  /** The page that it waits at, which closes with it. */
  readonly interactionHash?: string | undefined
  readonly now: number
}

/**
 * A code for what the user allowed this client before, without a page; `undefined` where the user has to be asked. What the user
 * may not grant is left out, as the token response says.
 */
export const approveRemembered = Effect.fnUntraced(function* (engine: Engine, facts: KnownRequest) {
  const { request, person, authority, sessionHash, interactionHash, now } = facts
  if (!mayBeRemembered(request.client)) return undefined
  // Gather.
  const resources = resourcesOf(engine.settings, request)
  const clientHash = yield* sha256Text(clientHashInput(request))
  const consents = yield* engine.store.findConsents({
    subject: person.subject,
    clientId: request.client.clientId,
    resources: request.resources,
    now
  })
  // Decide.
  const scope = splitByAuthority(request.scope, resources, authority).granted
  const needed = neededConsents({ resources, scope, clientHash })
  // A resource of which nothing is asked for was never shown as one that gets a token: the page has to name it.
  if (needed.length < request.resources.length || !isCovered(needed, consents)) return undefined
  // Mint.
  const { code, grant, stored } = yield* mintGrant(engine, { request, subject: person.subject, scope, now })
  // Commit.
  const change = { sessionHash, grant, code: stored, needed, now }
  const outcome = yield* engine.store.approveByConsent(
    interactionHash === undefined ? change : { ...change, interactionHash }
  )
  // Somebody signed out, or withdrew the consent, meanwhile: the page asks.
  return outcome === "Approved" ? code : undefined
})
