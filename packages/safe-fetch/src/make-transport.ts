import { traced } from "@postern/rejection/traced"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { answer, checkHead, collect, requestHeaders } from "./answer.ts"
import { type Bounds, checkBounds, type CheckedBounds } from "./bounds.ts"
import { type FetchRejected, TransportFailed, transportFailed } from "./errors.ts"
import { judge, refusal, type Target } from "./judge.ts"
import { checkFunction, checkKnown } from "./option-checks.ts"
import type { SafeRequest, SafeResponse, Transport } from "./transport.ts"

/** How {@link makeTransport} fetches. */
export interface TransportOptions {
  /** The platform's `fetch` unless told. */
  readonly fetch?: typeof globalThis.fetch
  readonly bounds?: Partial<Bounds>
}

const OPTIONS: Readonly<Record<keyof TransportOptions, true>> = { fetch: true, bounds: true }

/**
 * A transport on the web standard `fetch`, for every runtime. It checks the URL's spelling, scheme, port and host, but the
 * platform resolves names on its own: where a name may point to a private address, use `@postern/safe-fetch/node`.
 * Wrong options throw `ConfigurationInvalid`.
 */
export const makeTransport = (options: TransportOptions = {}): Transport => {
  checkKnown("", options, OPTIONS)
  checkFunction("fetch", options.fetch)
  const bounds = checkBounds(options.bounds)
  const dial: Dial = (target, request, headers, signal) =>
    fetchWeb(options.fetch ?? globalThis.fetch, target, { ...request, headers }, bounds.maximumBytes, signal)
  return transportOf(bounds, dial)
}

/** Asks one judged URL. Resolves to the answer or a refusal; what the platform throws is a failure. */
export type Dial = (
  target: Target,
  request: SafeRequest,
  headers: Headers,
  signal: AbortSignal
) => Promise<Result.Result<SafeResponse, FetchRejected>>

/** A transport that judges, dials and keeps the deadline over all of it. */
export const transportOf = (bounds: CheckedBounds, dial: Dial): Transport => ({
  fetch: (request) => traced("safe-fetch.fetch", fetchOnce(bounds, dial, request))
})

const fetchOnce = Effect.fnUntraced(function* (bounds: CheckedBounds, dial: Dial, request: SafeRequest) {
  const target = yield* Effect.fromResult(judge(request, bounds))
  const { name } = target
  // Outside of what is caught: a header that no request can hold is the caller's bug.
  const headers = requestHeaders(request)
  const answered = yield* Effect.tryPromise({
    try: (signal) => dial(target, request, headers, signal),
    catch: (thrown) => transportFailed(name, thrown)
  }).pipe(
    Effect.timeoutOrElse({
      duration: bounds.timeoutMillis,
      orElse: () => Effect.fail(new TransportFailed({ reason: "timeout", url: name }))
    })
  )
  return yield* Effect.fromResult(answered)
})

const fetchWeb = async (
  fetch: typeof globalThis.fetch,
  target: Target,
  request: Omit<SafeRequest, "headers"> & { readonly headers: Headers },
  maximumBytes: number,
  signal: AbortSignal
): Promise<Result.Result<SafeResponse, FetchRejected>> => {
  const response = await fetch(request.url, {
    method: request.method ?? "GET",
    headers: request.headers,
    redirect: "manual",
    signal,
    ...withoutState(),
    ...(request.body === undefined ? {} : { body: request.body })
  })
  const { status, headers, body } = response
  const refused =
    response.redirected || response.type === "opaqueredirect"
      ? refusal("redirect", target.name)
      : checkHead(target, status, headers, maximumBytes)
  if (refused !== undefined) {
    // Nothing is read from here on; that the stream could not be cancelled changes nothing.
    void body?.cancel().catch(() => undefined)
    return Result.fail(refused)
  }
  const bytes = await collect(chunksOf(body, signal), maximumBytes)
  return bytes === undefined
    ? Result.fail(refusal("too-large", target.name))
    : answer(target, request, { status, headers }, bytes)
}

// A runtime without cookies, cache or referrer (Workers) refuses these members instead of ignoring them.
const withoutState = (): RequestInit => ({
  ...("credentials" in Request.prototype && { credentials: "omit" as const }),
  ...("referrerPolicy" in Request.prototype && { referrerPolicy: "no-referrer" as const }),
  ...("cache" in Request.prototype && { cache: "no-store" as const })
})

// The chunks of a body; the stream is cancelled when its reader stops early or the deadline passes.
async function* chunksOf(body: ReadableStream<Uint8Array> | null, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (body === null) return
  const reader = body.getReader()
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener("abort", cancel, { once: true })
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    signal.removeEventListener("abort", cancel)
    cancel()
  }
}
