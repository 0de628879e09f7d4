import * as Effect from "effect/Effect"
import { redactUrl } from "./events.ts"
import { ResourceRedirected, ResourceUnreachable } from "./rejections.ts"
import type { Settings } from "./settings.ts"

/**
 * Sends one request to the resource, its token in the header (RFC 6750 section 2.1) and nowhere else. A redirect is not
 * followed. The body of the answer is not touched: it may be a stream.
 */
export const send = Effect.fnUntraced(function* (
  settings: Settings,
  facts: {
    readonly resource: string
    readonly request: Request
    readonly body: Uint8Array<ArrayBuffer> | undefined
    readonly accessToken: string | undefined
  }
): Effect.fn.Return<Response, ResourceUnreachable | ResourceRedirected> {
  const { accessToken, body, request, resource } = facts
  const headers = new Headers(request.headers)
  // Whatever the caller put there is not ours to send beside our own.
  headers.delete("authorization")
  if (accessToken !== undefined) headers.set("authorization", `Bearer ${accessToken}`)
  const shown = { purpose: "resource", method: request.method, url: redactUrl(request.url) } as const
  const response = yield* Effect.tryPromise({
    try: (signal) =>
      settings.resourceFetch(request.url, {
        method: request.method,
        headers,
        redirect: "manual",
        signal: AbortSignal.any([signal, request.signal]),
        ...(body === undefined ? {} : { body })
      }),
    catch: (cause) => new ResourceUnreachable({ resource, cause })
  }).pipe(Effect.tapError(({ _tag }) => settings.emit({ _tag: "ExchangeFailed", ...shown, reason: _tag })))
  yield* settings.emit({ _tag: "Exchanged", ...shown, status: response.status })
  const { status } = response
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400 && response.headers.has("location"))) {
    yield* Effect.promise(async () => response.body?.cancel().catch(() => undefined))
    return yield* new ResourceRedirected({ resource, status })
  }
  return response
})
