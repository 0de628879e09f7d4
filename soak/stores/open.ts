import * as Effect from "effect/Effect"
import type { Store } from "../../packages/as-core/src/index.ts"
import { openSqliteStore } from "../../packages/as-store-sql/src/index.ts"
import { openPostgresStore } from "../../packages/as-store-sql/src/postgres/index.ts"
import { type Fault, makeFaulty } from "./faulty.ts"
import type { Place } from "./ground.ts"

/** A store that is open, until it is closed. */
export type OpenStore = Store & { readonly close: Effect.Effect<void> }

const openPlace = (place: Place): Promise<OpenStore> => {
  switch (place.kind) {
    case "sqlite":
      return Effect.runPromise(openSqliteStore({ path: place.path, durability: place.durability }))
    case "postgres":
      return Effect.runPromise(openPostgresStore({ url: place.url, schema: place.schema }))
  }
}

/** Opens a store; with a fault it breaks a rule, to see that somebody notices. */
export const openStore = async (place: Place, fault?: Fault): Promise<OpenStore> => {
  const store = await openPlace(place)
  return fault === undefined ? store : { ...makeFaulty(store, fault), close: store.close }
}
