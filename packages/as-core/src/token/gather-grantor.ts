import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import type { Authority } from "../grantable.ts"
import { gatherAuthority } from "../interaction/authority.ts"
import type { PeopleFailed } from "../people.ts"
import type { Grant, StoreFailed } from "../store.ts"

/** What the grant's person may grant as of now; `undefined` when they are gone, or there is no grant. */
export const gatherGrantor = (
  engine: Pick<Engine, "people" | "settings" | "store">,
  grant: Grant | undefined
): Effect.Effect<Authority | undefined, PeopleFailed | StoreFailed> => {
  if (grant === undefined) return Effect.succeed(undefined)
  const { resources, scope } = grant
  return Effect.flatMap(engine.people.find(grant.subject), (person) =>
    person === undefined
      ? Effect.succeed(undefined)
      : gatherAuthority(engine, { resources, scope, client: grant }, person)
  )
}
