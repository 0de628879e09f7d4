import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { FlowError } from "./flow-error.ts"

// Three requests at most: more would only keep a server down that is.
const ATTEMPTS = 3
const LONGEST_WAIT_SECONDS = 5

/**
 * Asks again where the server is in trouble: after 408, 429 and 5xx, and where the connection failed. It is done at most twice, with
 * growing waits that no two clients share, or after what `Retry-After` says if that is soon.
 *
 * For a refresh this is safe, although its token may be used up by a request whose answer was lost. A server that answers the same
 * request once more, as ours does within its replay window, gives the same tokens again. One that has no such window takes it
 * for a replay and ends the grant (OAuth 2.1 section 4.3.1, RFC 9700 section 4.14.2); but what it issued was lost with the answer,
 * so that nobody has anything to lose but an access token that is about to end, and to use the token later would be a replay as well.
 * What is not repeated is a request that timed out: it may still wait there, and would be taken for a replay of the second one, whose
 * tokens we have.
 */
export const askAgain = <A>(ask: Effect.Effect<A, FlowError>): Effect.Effect<A, FlowError> => {
  const attempt = (count: number): Effect.Effect<A, FlowError> =>
    Effect.catchIf(
      ask,
      (error) => count < ATTEMPTS && secondsUntil(error, count) <= LONGEST_WAIT_SECONDS,
      (error) =>
        Random.next.pipe(
          Effect.flatMap((random) => Effect.sleep(secondsUntil(error, count) * (1 + random) * 1000)),
          Effect.andThen(attempt(count + 1))
        )
    )
  return attempt(1)
}

const secondsUntil = (error: FlowError, count: number): number => {
  if (error._tag === "ServerUnavailable") return error.retryAfter ?? count / 2
  return error._tag === "TransportFailed" && error.reason === "network" ? count / 2 : Infinity
}
