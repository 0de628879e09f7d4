import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { BODY_SECONDS, MAXIMUM_BODY_BYTES } from "../limits.ts"
import { BodyRefused } from "../rejections.ts"
import type { Body, Incoming } from "./incoming.ts"
import { mediaType } from "./media-type.ts"

// A byte order mark stays in the text, where the JSON parser refuses it (RFC 8259 section 8.1).
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decodeText = (bytes: Body): Effect.Effect<string, BodyRefused> => {
  if (bytes === undefined) return Effect.fail(new BodyRefused({ reason: "too-large" }))
  try {
    return Effect.succeed(utf8.decode(bytes))
  } catch {
    return Effect.fail(new BodyRefused({ reason: "unreadable" }))
  }
}

/** Waits for a body that has not come yet, for ten seconds at most. */
const wait = (read: (signal: AbortSignal) => Promise<Body>): Effect.Effect<Body, BodyRefused> =>
  Effect.tryPromise({
    try: read,
    catch: () => new BodyRefused({ reason: "unreadable" })
  }).pipe(
    Effect.timeoutOrElse({
      duration: Duration.seconds(BODY_SECONDS),
      orElse: () => Effect.fail(new BodyRefused({ reason: "too-slow" }))
    })
  )

/** The body as text: at most 64 kB of UTF-8, of the named type alone, within ten seconds. */
export const readBody = (request: Incoming, type: string): Effect.Effect<string, BodyRefused> => {
  if (mediaType(request.header("content-type")) !== type) return Effect.fail(new BodyRefused({ reason: "media-type" }))
  const read = request.read(MAXIMUM_BODY_BYTES)
  return typeof read === "function" ? Effect.flatMap(wait(read), decodeText) : decodeText(read)
}
