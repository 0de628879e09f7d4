import { isJsonObject, type JsonObject, parseJson } from "@postern/metadata"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { KeysUnavailable } from "./rejections.ts"

/**
 * Fetches a document: redirects are not followed, and no more is read than a bound allows. `namedBy` is the URL of the document
 * that named this one, absent where the operator typed it. The `fetch` of `@postern/safe-fetch`'s transports is one.
 */
export type FetchDocument = (request: {
  readonly url: string
  readonly namedBy?: string
}) => Effect.Effect<{ readonly status: number; readonly headers: Headers; readonly text: string }, unknown>

/** Why a document could not be had, or not be used. */
export interface Unavailable {
  readonly reason: KeysUnavailable["reason"]
  readonly cause?: unknown
  /** Of an answer that is none: its status. */
  readonly status?: number
}

/** A document that arrived. */
export interface FetchedDocument {
  readonly json: JsonObject
  readonly headers: Headers
}

/** The most characters of a document that are read. */
export const maximumDocumentLength = 65_536

const tagOf = (error: unknown): unknown => (isJsonObject(error) ? error["_tag"] : undefined)

// The words of `@postern/safe-fetch`, where it is the one that fetches.
const reasonOf = (error: unknown): Unavailable["reason"] => {
  if (tagOf(error) === "FetchRejected") return "refused"
  return isJsonObject(error) && error["reason"] === "timeout" ? "timeout" : "network"
}

/** A JSON object from a URL, within bounds; how long it may take is its caller's to say. */
export const fetchDocument = (
  request: Parameters<FetchDocument>[0],
  fetch: FetchDocument
): Effect.Effect<FetchedDocument, Unavailable> =>
  fetch(request).pipe(
    Effect.mapError((cause): Unavailable => ({ reason: reasonOf(cause), cause })),
    Effect.flatMap(({ headers, status, text }) => Effect.fromResult(readDocument(status, headers, text)))
  )

const readDocument = (status: number, headers: Headers, text: string): Result.Result<FetchedDocument, Unavailable> => {
  if (status !== 200) return Result.fail({ reason: "status", status })
  if (text.length > maximumDocumentLength) return Result.fail({ reason: "too-large" })
  const json = parseJson(text)
  return Result.isSuccess(json) && isJsonObject(json.success)
    ? Result.succeed({ json: json.success, headers })
    : Result.fail({ reason: "malformed" })
}
