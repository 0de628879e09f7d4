import { sha256 } from "@postern/bytes"
import type { Parameters } from "@postern/messages"
import * as Effect from "effect/Effect"
import { checkAssertion } from "../assertion/check-assertion.ts"
import type { Engine } from "../engine.ts"
import { ClientAuthenticationFailed } from "../rejections.ts"
import { checkClient, type PresentedClient, readClient } from "./client-authentication.ts"

/** Who sends a request to an endpoint for clients: the client, authenticated by the one method that it is registered with. */
export const authenticateClient = Effect.fnUntraced(function* (
  engine: Engine,
  { authorization, parameters }: { readonly authorization: string | null; readonly parameters: Parameters }
) {
  const presented = yield* Effect.fromResult(readClient(authorization, parameters))
  // Hashed whether or not the client exists, so that the two take the same time.
  const secretHash = yield* hashOf(presented)
  const known = yield* engine
    .clients(presented.clientId)
    .pipe(
      Effect.catchTag(["ClientUnknown", "ClientDocumentRefused"], () =>
        Effect.fail(new ClientAuthenticationFailed({ reason: "client-unknown" }))
      )
    )
  const client = yield* Effect.fromResult(checkClient({ client: known, presented, secretHash }))
  if (presented.method !== "private_key_jwt") return client
  yield* checkAssertion(engine, { assertion: presented.assertion, client }).pipe(
    // The peer is told nothing of it, and somebody has to see that a client's keys are out of order.
    Effect.tapErrorTag("ClientAuthenticationFailed", ({ reason }) =>
      engine.tell({ event: "client-assertion-refused", clientId: client.clientId, detail: reason })
    )
  )
  return client
})

const hashOf = (presented: PresentedClient): Effect.Effect<Uint8Array | undefined> =>
  presented.method === "private_key_jwt" || presented.secret === undefined
    ? Effect.succeed(undefined)
    : sha256(presented.secret)
