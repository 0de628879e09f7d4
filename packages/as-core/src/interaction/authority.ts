import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { type Authority, keepsAny } from "../grantable.ts"
import type { Person } from "../people.ts"
import { resourcesOf } from "../settings.ts"
import type { Client, PendingRequest } from "../store.ts"

/** By what right this person may grant what is asked: their roles, and what was allowed beforehand where the request needs that. */
export const gatherAuthority = Effect.fnUntraced(function* (
  { settings, store }: Pick<Engine, "settings" | "store">,
  request: Pick<PendingRequest, "resources" | "scope"> & { readonly client: Pick<Client, "clientId"> },
  { roles, subject }: Person
) {
  const needed = keepsAny(request.scope, resourcesOf(settings, request))
  const allowances = needed ? yield* store.findAllowances({ subject, clientId: request.client.clientId }) : []
  return { roles, allowances } satisfies Authority
})
