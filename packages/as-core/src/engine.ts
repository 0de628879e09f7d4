import * as Effect from "effect/Effect"
import type { RemoteKeys } from "./assertion/remote-keys.ts"
import type { Attempts } from "./attempts.ts"
import type { ClientFinder } from "./clients/find.ts"
import type { ServerEvent } from "./options.ts"
import type { Pages } from "./pages.ts"
import type { People } from "./people.ts"
import type { Settings } from "./settings.ts"
import type { Signer } from "./signer.ts"
import type { Store } from "./store.ts"

/** Everything that an operation may use: what was configured, and the ports that gather, mint and commit. */
export interface Engine {
  readonly settings: Settings
  readonly store: Store
  readonly people: People
  readonly pages: Pages
  readonly signer: Signer
  readonly clients: ClientFinder
  /** Key sets of clients; absent where nothing may be fetched. */
  readonly remoteKeys: RemoteKeys | undefined
  /** Failed attempts to sign in, by the name's hash. */
  readonly signIns: Attempts
  /** Failed attempts to redeem, by the code's hash. */
  readonly redemptions: Attempts
  readonly tell: (event: ServerEvent) => Effect.Effect<void>
}

/** Tells the operator; a listener that throws breaks nothing. */
export const makeTell =
  (listener: ((event: ServerEvent) => void) | undefined): Engine["tell"] =>
  (event) =>
    Effect.sync(() => {
      try {
        listener?.(event)
      } catch {
        // The listener is the operator's; what it did not manage to record must not fail a request.
      }
    })
