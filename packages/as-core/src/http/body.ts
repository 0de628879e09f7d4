import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { BODY_SECONDS, MAXIMUM_BODY_BYTES } from "../limits.ts"
import { BodyRefused } from "../rejections.ts"
import { mediaType } from "./media-type.ts"

/** The bytes of the body, or `undefined` as soon as there are too many: what arrives counts, whatever was declared. */
const readBytes = async (body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<Uint8Array | undefined> => {
  const reader = body.getReader()
  signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined), { once: true })
  // Grows by doubling: most bodies are small, and what comes letter by letter must not cost more than its length.
  let bytes = new Uint8Array()
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytes.subarray(0, length)
    if (length + value.length > MAXIMUM_BODY_BYTES) {
      await reader.cancel()
      return undefined
    }
    if (length + value.length > bytes.length) {
      const grown = new Uint8Array(Math.max(length + value.length, Math.min(2 * bytes.length, MAXIMUM_BODY_BYTES)))
      grown.set(bytes)
      bytes = grown
    }
    bytes.set(value, length)
    length += value.length
  }
}

// A byte order mark stays in the text, where the JSON parser refuses it (RFC 8259 section 8.1).
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decodeText = (bytes: Uint8Array): Result.Result<string, BodyRefused> => {
  try {
    return Result.succeed(utf8.decode(bytes))
  } catch {
    return Result.fail(new BodyRefused({ reason: "unreadable" }))
  }
}

/** Nothing longer than a body may be is read in one piece. */
const SHORT = /^\d{1,5}$/

/**
 * A short body that says how long it is comes in one piece: a server's HTTP parser lets no more through than was declared
 * (RFC 9112 section 6.2). Any other is counted while it comes.
 */
const readWhole = async (request: Request, signal: AbortSignal): Promise<Uint8Array | undefined> => {
  if (!SHORT.test(request.headers.get("content-length") ?? "")) {
    return request.body === null ? new Uint8Array() : readBytes(request.body, signal)
  }
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.length > MAXIMUM_BODY_BYTES ? undefined : bytes
}

/** The body as text: at most 64 kB of UTF-8, of the named type alone, within ten seconds. */
export const readBody = Effect.fnUntraced(function* (request: Request, type: string) {
  if (mediaType(request.headers.get("content-type")) !== type) return yield* new BodyRefused({ reason: "media-type" })
  const bytes = yield* Effect.tryPromise({
    try: (signal) => readWhole(request, signal),
    catch: () => new BodyRefused({ reason: "unreadable" })
  }).pipe(
    Effect.timeoutOrElse({
      duration: Duration.seconds(BODY_SECONDS),
      orElse: () => Effect.fail(new BodyRefused({ reason: "too-slow" }))
    })
  )
  if (bytes === undefined) return yield* new BodyRefused({ reason: "too-large" })
  return yield* Effect.fromResult(decodeText(bytes))
})
