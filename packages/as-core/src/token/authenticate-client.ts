import { sha256 } from "@postern/bytes"
import type { Parameters } from "@postern/messages"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { checkAssertion } from "../assertion/check-assertion.ts"
import type { Engine } from "../engine.ts"
import type { Incoming } from "../http/incoming.ts"
import { nowSeconds } from "../now.ts"
import { ClientThrottled } from "../rejections.ts"
import type { StoreFailed } from "../store.ts"
import { checkClient, type PresentedClient, readClient } from "./client-authentication.ts"

/** Who sends a request to an endpoint for clients: the client, authenticated by the one method that it is registered with. */
export const authenticateClient = Effect.fnUntraced(function* (
  engine: Engine,
  { header, parameters }: Pick<Incoming, "header"> & { readonly parameters: Parameters }
) {
  const read = readClient(header, parameters)
  if (Result.isFailure(read)) return yield* read.failure
  const presented = read.success
  // Hashed whether or not the client exists, so that the two take the same time.
  const secretHash = yield* hashOf(presented)
  const known = yield* engine.clients(presented.clientId).pipe(Effect.catch(withoutClient))
  const checked = checkClient({ client: known, presented, secretHash })
  if (Result.isFailure(checked)) {
    if (!isGuess(presented)) return yield* checked.failure
    const now = yield* nowSeconds
    // Two counts, so that names that nobody has push no client out of what is counted.
    const guesses = known === undefined ? engine.guesses.unknown : engine.guesses.known
    // What protects a secret is its length: 256 bits cannot be guessed at any rate. This bounds what guessing costs us, and lets
    // the right secret pass, so that nobody who knows its identifier locks a client out.
    const wait = guesses.wait(presented.clientId, now)
    if (wait > 0) return yield* new ClientThrottled({ retryAfter: wait })
    guesses.failed(presented.clientId, now)
    return yield* checked.failure
  }
  const client = checked.success
  if (presented.method !== "private_key_jwt") return client
  yield* checkAssertion(engine, { assertion: presented.assertion, client }).pipe(
    // The peer is told nothing of it, and somebody has to see that a client's keys are out of order.
    Effect.tapErrorTag("ClientAuthenticationFailed", ({ reason }) =>
      engine.tell({ event: "client-assertion-refused", clientId: client.clientId, detail: reason })
    )
  )
  return client
})

/** Whether it presents a secret, which somebody may be guessing. */
const isGuess = ({ method }: PresentedClient): boolean =>
  method === "client_secret_basic" || method === "client_secret_post"

/** The peer is not told why there is no such client, only where asking again later may help. */
const withoutClient = (
  error: Effect.Error<ReturnType<Engine["clients"]>>
): Effect.Effect<undefined, ClientThrottled | StoreFailed> => {
  switch (error._tag) {
    case "ClientUnknown":
    case "ClientDocumentRefused":
      return Effect.succeed(undefined)
    case "ClientDocumentThrottled":
      return Effect.fail(new ClientThrottled({ retryAfter: error.retryAfter }))
    case "StoreFailed":
      return Effect.fail(error)
  }
}

const hashOf = (presented: PresentedClient): Effect.Effect<Uint8Array | undefined> =>
  presented.method === "private_key_jwt" || presented.secret === undefined
    ? Effect.succeed(undefined)
    : sha256(presented.secret)
