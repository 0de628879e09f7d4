import * as Result from "effect/Result"
import type { Rate } from "./rates.ts"
import { RequestThrottled } from "./rejections.ts"

/** Takes one of a rate, under a name that says whose it is; when there is none, the peer is told when to come back. */
export const throttle = (
  rate: Rate,
  name: ReadonlyArray<string>,
  now: number
): Result.Result<void, RequestThrottled> => {
  // As JSON, so that no two names read the same.
  const retryAfter = rate.take(JSON.stringify(name), now)
  return retryAfter > 0 ? Result.fail(new RequestThrottled({ retryAfter })) : Result.void
}
