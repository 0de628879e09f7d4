import * as Effect from "effect/Effect"
import type { ClientCredentials } from "./choose-client-authentication.ts"
import type { CommonSettings } from "./common-settings.ts"
import type { Discovery } from "./discover.ts"
import { findClient } from "./find-client.ts"
import type { FlowError } from "./flow-error.ts"
import { findAll, isAt, placeOf } from "./shared-resources.ts"
import type { StoredCredentials } from "./store.ts"

/** What is held for a resource, if anything is. */
export interface Held {
  readonly discovery: Discovery
  readonly credentials?: StoredCredentials | undefined
  readonly client?: ClientCredentials | undefined
}

/** What is held for this resource at the server that protects it now, by a client id that is ours there. */
export const findHeld = Effect.fnUntraced(function* (
  settings: CommonSettings,
  discovery: Discovery
): Effect.fn.Return<Held, FlowError> {
  const { audience, resource, server } = discovery
  const { issuer } = server
  const place = placeOf(settings, { audience, issuer, resource })
  for (const credentials of yield* findAll(settings, resource)) {
    if (credentials.issuer !== issuer || !isAt(place, credentials) || !isUsable(settings, credentials)) continue
    const client = yield* findClient(settings, server, credentials)
    if (client) return { discovery, credentials, client }
  }
  return { discovery }
})

// A bound token is worth nothing without proofs, and one that is not bound may be stolen.
const isUsable = ({ dpop }: CommonSettings, { proofKey }: StoredCredentials): boolean =>
  proofKey === undefined ? dpop?.required !== true : dpop !== undefined
