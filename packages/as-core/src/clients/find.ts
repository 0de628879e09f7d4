import { parseClientIdUrl } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type ClientDocumentRefused, type ClientDocumentThrottled, ClientUnknown } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { Client, Store, StoreFailed } from "../store.ts"
import type { DocumentFinder } from "./document.ts"

/** Finds a client wherever it may be known. */
export type ClientFinder = (
  clientId: string
) => Effect.Effect<Client, ClientUnknown | ClientDocumentRefused | ClientDocumentThrottled | StoreFailed>

/**
 * A configured client first, then a registered one, then a metadata document, so that a document cannot take the place of a
 * client that was here before (section 6.9 of the draft).
 */
export const makeClientFinder = (options: {
  readonly settings: Settings
  readonly store: Store
  readonly documents: DocumentFinder | undefined
}): ClientFinder => {
  const { documents, settings, store } = options
  const findElsewhere = Effect.fnUntraced(function* (clientId: string) {
    const registered = yield* store.findClient(clientId)
    if (registered !== undefined) return registered
    if (documents === undefined || Result.isFailure(parseClientIdUrl(clientId))) {
      return yield* new ClientUnknown({ reason: "unknown" })
    }
    return yield* documents(clientId)
  })
  return (clientId) => {
    const configured = settings.clients.get(clientId)
    return configured === undefined ? findElsewhere(clientId) : Effect.succeed(configured)
  }
}
