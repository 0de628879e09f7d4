import type { FetchRejected, SafeRequest, SafeResponse, TransportFailed } from "@postern/safe-fetch"
import { type JsonMalformed, parseJson } from "@postern/metadata"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Purpose, redactParameters, redactUrl, showable } from "./events.ts"
import { AnswerNotJson, ServerUnavailable } from "./rejections/index.ts"
import type { CommonSettings } from "./common-settings.ts"

/** One request through the transport, told to whoever listens. */
export const exchange = (
  settings: Pick<CommonSettings, "emit" | "transport">,
  purpose: Purpose,
  request: SafeRequest,
  form?: URLSearchParams
): Effect.Effect<SafeResponse, FetchRejected | TransportFailed> => {
  const shown = { purpose, method: request.method ?? "GET", url: redactUrl(request.url) }
  return settings.transport.fetch(request).pipe(
    Effect.tap(({ status }) =>
      settings.emit({ _tag: "Exchanged", ...shown, status, ...(form ? { parameters: redactParameters(form) } : {}) })
    ),
    Effect.tapError((error) => settings.emit({ _tag: "ExchangeFailed", ...shown, reason: error._tag }))
  )
}

/** Whether a status says nothing about the request: the server is down, or busy. */
export const isUnavailable = (status: number): boolean => status >= 500 || status === 408 || status === 429

/** The failure that such a status is. */
export const unavailable = (purpose: Purpose, response: SafeResponse): ServerUnavailable =>
  new ServerUnavailable({
    purpose,
    url: redactUrl(response.url),
    status: response.status,
    mediaType: mediaTypeOf(response),
    retryAfter: secondsOf(response.headers.get("retry-after"))
  })

const mediaTypeOf = ({ headers }: SafeResponse): string | undefined => {
  const [type = ""] = (headers.get("content-type") ?? "").toLowerCase().split(";")
  return showable(type.trim()) || undefined
}

/** The JSON of an answer; what is declared as a page was not written by the endpoint. */
export const readJson = (
  purpose: Purpose,
  response: SafeResponse
): Result.Result<unknown, AnswerNotJson | JsonMalformed> => {
  const { status, text, url } = response
  const mediaType = mediaTypeOf(response) ?? ""
  return Result.mapError(parseJson(text), (malformed) =>
    mediaType.startsWith("text/") ? new AnswerNotJson({ purpose, url: redactUrl(url), status, mediaType }) : malformed
  )
}

const secondsOf = (value: string | null): number | undefined =>
  value === null ? undefined : /^\d{1,9}$/.test(value) ? Number(value) : Infinity
