import { matchRedirectUri } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import type { PendingRequest, StoreFailed } from "../store.ts"

/**
 * Whether a pending request's client still lists where the answer goes, in its document or its registration. What the user
 * decides on is the client that the page showed; but a redirect URI that its owner has taken back meanwhile gets no code.
 */
export const isStillListed = (
  engine: Pick<Engine, "clients">,
  { client, redirectUri }: Pick<PendingRequest, "client" | "redirectUri">
): Effect.Effect<boolean, StoreFailed> =>
  client.origin === "configured"
    ? Effect.succeed(true)
    : engine.clients(client.clientId).pipe(
        Effect.map(({ redirectUris }) => Result.isSuccess(matchRedirectUri(redirectUris, redirectUri))),
        // Its host could not be asked, or it is there no more: then nobody stands behind the redirect URI.
        Effect.catchTag(["ClientDocumentRefused", "ClientDocumentThrottled", "ClientUnknown"], () =>
          Effect.succeed(false)
        )
      )
