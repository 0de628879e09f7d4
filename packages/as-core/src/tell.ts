import * as Effect from "effect/Effect"
import type { ServerEvent } from "./options.ts"

/** Tells the operator. */
export type Tell = (event: ServerEvent) => Effect.Effect<void>

/** Tells a listener; one that throws breaks nothing. */
export const makeTell =
  (listener: ((event: ServerEvent) => void) | undefined): Tell =>
  (event) =>
    Effect.sync(() => {
      try {
        listener?.(event)
      } catch {
        // The listener is the operator's; what it did not manage to record must not fail a request.
      }
    })
