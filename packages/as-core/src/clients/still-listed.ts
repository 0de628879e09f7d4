import { matchRedirectUri } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import type { PendingRequest, StoreFailed } from "../store.ts"

/**
 * Whether the document of a pending request's client still lists where the answer goes. What the user decides on is the
 * document that the page showed; but a redirect URI that its owner has taken back meanwhile gets no code.
 */
export const isStillListed = (
  engine: Pick<Engine, "clients">,
  { client, redirectUri }: Pick<PendingRequest, "client" | "redirectUri">
): Effect.Effect<boolean, StoreFailed> =>
  client.origin !== "document"
    ? Effect.succeed(true)
    : engine.clients(client.clientId).pipe(
        Effect.map(({ redirectUris }) => Result.isSuccess(matchRedirectUri(redirectUris, redirectUri))),
        // Its host could not be asked, or has no document any more: then nobody stands behind the redirect URI.
        Effect.catchTag(["ClientDocumentRefused", "ClientDocumentThrottled", "ClientUnknown"], () =>
          Effect.succeed(false)
        )
      )
