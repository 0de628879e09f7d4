import * as Effect from "effect/Effect"
import type { Rate } from "./rates.ts"
import { RequestThrottled } from "./rejections.ts"

/** Takes one of a rate, under a name that says whose it is; when there is none, the peer is told when to come back. */
export const throttle = (rate: Rate, name: ReadonlyArray<string>, now: number): Effect.Effect<void, RequestThrottled> =>
  Effect.suspend(() => {
    // As JSON, so that no two names read the same.
    const retryAfter = rate.take(JSON.stringify(name), now)
    return retryAfter > 0 ? Effect.fail(new RequestThrottled({ retryAfter })) : Effect.void
  })
