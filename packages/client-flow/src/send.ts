import type { ProofKey, ProofKeyUnusable } from "@postern/dpop"
import * as Effect from "effect/Effect"
import { readChallenge } from "./challenge.ts"
import { redactUrl, showable } from "./events.ts"
import { ResourceRedirected, ResourceUnreachable } from "./rejections/index.ts"
import type { CommonSettings } from "./common-settings.ts"

interface ResourceRequest {
  readonly resource: string
  readonly request: Request
  readonly body: Uint8Array<ArrayBuffer> | undefined
  readonly token: { readonly accessToken?: string | undefined; readonly proofKey?: ProofKey | undefined } | undefined
}

type SendError = ResourceUnreachable | ResourceRedirected | ProofKeyUnusable

/**
 * Sends one request to the resource, its token in the header (RFC 6750 section 2.1, RFC 9449 section 7.1) and nowhere else.
 * Where only the nonce of its proof was wrong, it is sent once more with the one that came. A redirect is not followed. The
 * body of the answer is not touched: it may be a stream.
 */
export const send = Effect.fnUntraced(function* (
  settings: CommonSettings,
  facts: ResourceRequest
): Effect.fn.Return<Response, SendError> {
  const response = yield* sendOnce(settings, facts)
  const nonceCame = settings.nonces.keep(facts.resource, response.headers)
  if (facts.token?.proofKey === undefined || !nonceCame || !wantsNonce(response)) return response
  yield* discard(response)
  const second = yield* sendOnce(settings, facts)
  settings.nonces.keep(facts.resource, second.headers)
  return second
})

/** RFC 9449 section 9 */
const wantsNonce = ({ headers, status }: Response): boolean => {
  const read = status === 401 ? readChallenge(headers.get("www-authenticate"), "dpop") : undefined
  return read?._tag === "Challenge" && read.challenge.scheme === "dpop" && read.challenge.error === "use_dpop_nonce"
}

/** Nobody will read it, and an open body keeps its connection. */
export const discard = (response: Response): Effect.Effect<void> =>
  Effect.promise(async () => response.body?.cancel().catch(() => undefined))

const sendOnce = Effect.fnUntraced(function* (
  settings: CommonSettings,
  facts: ResourceRequest
): Effect.fn.Return<Response, SendError> {
  const { body, request, resource } = facts
  const headers = yield* authorized(settings, facts)
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
    yield* discard(response)
    const location = response.headers.get("location")
    const received =
      location === null ? undefined : showable(redactUrl(URL.parse(location, request.url)?.href ?? location))
    return yield* new ResourceRedirected({ resource, status, expected: resource, received })
  }
  return response
})

const authorized = Effect.fnUntraced(function* (
  { dpop, nonces }: CommonSettings,
  { request, resource, token }: ResourceRequest
): Effect.fn.Return<Headers, ProofKeyUnusable> {
  const headers = new Headers(request.headers)
  // Whatever the caller put there is not ours to send beside our own.
  headers.delete("authorization")
  headers.delete("dpop")
  if (token?.accessToken === undefined) return headers
  const { accessToken, proofKey } = token
  if (proofKey === undefined || dpop === undefined) {
    headers.set("authorization", `Bearer ${accessToken}`)
    return headers
  }
  const { method, url } = request
  headers.set("authorization", `DPoP ${accessToken}`)
  headers.set("dpop", yield* dpop.sign(proofKey, { method, url, accessToken, nonce: nonces.find(resource) }))
  return headers
})
