import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { gatherAuthority } from "../interaction/authority.ts"
import type { Grant } from "../store.ts"

/** What the grant's person may grant as of now; `undefined` when they are gone, or there is no grant. */
export const gatherGrantor = Effect.fnUntraced(function* (
  engine: Pick<Engine, "people" | "settings" | "store">,
  grant: Grant | undefined
) {
  const person = grant && (yield* engine.people.find(grant.subject))
  if (grant === undefined || person === undefined) return undefined
  return yield* gatherAuthority(engine, { ...grant, client: grant }, person)
})
