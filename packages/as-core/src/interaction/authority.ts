import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { type Authority, keepsAny } from "../grantable.ts"
import type { Person } from "../people.ts"
import { resourcesOf } from "../settings.ts"
import type { Client, PendingRequest, StoreFailed } from "../store.ts"

/** By what right this person may grant what is asked: their roles, and what was allowed beforehand where the request needs that. */
export const gatherAuthority = (
  { settings, store }: Pick<Engine, "settings" | "store">,
  request: Pick<PendingRequest, "resources" | "scope"> & { readonly client: Pick<Client, "clientId"> },
  { roles, subject }: Person
): Effect.Effect<Authority, StoreFailed> => {
  if (!keepsAny(request.scope, resourcesOf(settings, request))) return Effect.succeed({ roles, allowances: [] })
  const allowances = store.findAllowances({ subject, clientId: request.client.clientId })
  return Effect.map(allowances, (found) => ({ roles, allowances: found }))
}
