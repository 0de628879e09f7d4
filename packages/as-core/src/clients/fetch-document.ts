import type { Transport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { DOCUMENT_FRESH_SECONDS, MAXIMUM_DOCUMENT_FRESH_SECONDS } from "../limits.ts"
import { nowSeconds } from "../now.ts"
import { ClientDocumentRefused } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { Client } from "../store.ts"
import { decideDocument } from "./decide-document.ts"
import { type Freshness, freshnessOf } from "./freshness.ts"

/**
 * What one fetch found. `Unreachable`: the network or the server failed, which says nothing of the client. `Refused`: what is
 * there now is no document that could be used.
 */
export type Fetched =
  | { readonly _tag: "Found"; readonly client: Client; readonly freshness: Freshness }
  | { readonly _tag: "Unreachable"; readonly rejection: ClientDocumentRefused }
  | { readonly _tag: "Refused"; readonly rejection: ClientDocumentRefused }

/** Asks for a document once. The request carries nothing of the user or of the client's request. */
export const fetchDocument = Effect.fnUntraced(function* (
  clientId: string,
  options: { readonly transport: Transport; readonly settings: Settings; readonly staleSeconds: number }
) {
  const answered = yield* Effect.result(
    options.transport.fetch({ url: clientId, headers: { accept: "application/json" } })
  )
  if (Result.isFailure(answered)) {
    const { _tag, reason } = answered.failure
    const rejection = new ClientDocumentRefused({ clientId, reason: `${_tag}: ${reason}` })
    return { _tag: _tag === "TransportFailed" ? "Unreachable" : "Refused", rejection } satisfies Fetched
  }
  const response = answered.success
  const client = decideDocument({ clientId, response, settings: options.settings, now: yield* nowSeconds })
  if (Result.isFailure(client)) {
    return { _tag: response.status >= 500 ? "Unreachable" : "Refused", rejection: client.failure } satisfies Fetched
  }
  const freshness = freshnessOf(response.headers, {
    unless: DOCUMENT_FRESH_SECONDS,
    maximum: MAXIMUM_DOCUMENT_FRESH_SECONDS,
    stale: options.staleSeconds
  })
  return { _tag: "Found", client: client.success, freshness } satisfies Fetched
})
