import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { BODY_SECONDS, MAXIMUM_BODY_BYTES } from "../limits.ts"
import { BodyRefused } from "../rejections.ts"
import type { Incoming } from "./incoming.ts"
import { mediaType } from "./media-type.ts"

// A byte order mark stays in the text, where the JSON parser refuses it (RFC 8259 section 8.1).
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decodeText = (bytes: Uint8Array): Result.Result<string, BodyRefused> => {
  try {
    return Result.succeed(utf8.decode(bytes))
  } catch {
    return Result.fail(new BodyRefused({ reason: "unreadable" }))
  }
}

/** The body as text: at most 64 kB of UTF-8, of the named type alone, within ten seconds. */
export const readBody = Effect.fnUntraced(function* (request: Incoming, type: string) {
  if (mediaType(request.header("content-type")) !== type) return yield* new BodyRefused({ reason: "media-type" })
  const bytes = yield* Effect.tryPromise({
    try: (signal) => request.read(MAXIMUM_BODY_BYTES, signal),
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
