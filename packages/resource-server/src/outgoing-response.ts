import { endStream, type Schedule, scheduleTimer } from "./end-stream.ts"
import type { Outgoing } from "./incoming.ts"
import { type BodyFilter, makeBodyFilter, mediaType, unfilterable } from "./list-body.ts"

// What is true of the bytes that the handler wrote, and not of those that are left of them.
const OF_THE_BYTES = ["content-length", "etag", "content-md5", "digest", "content-digest", "repr-digest"]

const addHeaders = (headers: Headers, outgoing: Outgoing): Headers => {
  for (const [name, value] of Object.entries(outgoing.headers)) if (!headers.has(name)) headers.set(name, value)
  // RFC 9111 section 3.5: what a shared cache may keep is never given to another's token.
  headers.append("Vary", "Authorization")
  return headers
}

const filterStream = (
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  filter: BodyFilter
): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  const write = (controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>, text: string) => {
    if (text !== "") controller.enqueue(encoder.encode(text))
  }
  return source.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => write(controller, filter.next(decoder.decode(chunk, { stream: true }))),
      flush: (controller) => write(controller, filter.next(decoder.decode()) + filter.end())
    })
  )
}

const refuse = (body: ReadableStream, outgoing: Outgoing): Response => {
  // Nothing of it is read; that the stream could not be cancelled changes nothing.
  void body.cancel().catch(() => undefined)
  const headers = new Headers({ "Content-Type": "application/json", "Cache-Control": "no-store" })
  return new Response(unfilterable, { status: 500, headers: addHeaders(headers, outgoing) })
}

/**
 * A handler's answer as it may leave: readable by pages, not kept for another token, its session known, an event stream
 * ended when the token ends, a list filtered. A list that cannot be filtered (compressed, or of another media type) is
 * answered 500 without it. Timers are the platform's unless told.
 */
export const applyOutgoing = (
  response: Response,
  outgoing: Outgoing,
  nowMillis: number,
  schedule: Schedule = scheduleTimer
): Response => {
  const { endSession, endsAtMillis, filter, startSession } = outgoing
  const { status, statusText } = response
  const headers = addHeaders(new Headers(response.headers), outgoing)
  const session = headers.get("mcp-session-id")
  if (response.ok && session !== null) startSession?.(session)
  if (response.ok) endSession?.()

  let { body } = response
  const contentType = headers.get("content-type")
  if (body !== null && filter !== undefined) {
    const shown = makeBodyFilter(contentType, headers.get("content-encoding"), filter)
    // MCP transports: what answers a request is JSON or an event stream; a page that says what went wrong is no list.
    if (shown === undefined && (response.ok || headers.has("content-encoding"))) return refuse(body, outgoing)
    if (shown !== undefined) {
      for (const name of OF_THE_BYTES) headers.delete(name)
      body = filterStream(body, shown)
    }
  }
  if (body !== null && endsAtMillis !== undefined && mediaType(contentType) === "text/event-stream") {
    body = endStream(body, endsAtMillis - nowMillis, schedule)
  }
  return new Response(body, { status, statusText, headers })
}
