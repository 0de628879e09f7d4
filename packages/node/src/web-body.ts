import type { IncomingMessage } from "node:http"
import { continueOf } from "./expect-continue.ts"
import { discardBody } from "./send-answer.ts"

// So long the rest of a body may take when the answer is out. Node's own bound would end in a second answer, a 408.
const LEFT_MILLIS = 5000

/** The body of a request, of which nothing is read before its reader asks. */
export interface WebBody {
  readonly stream: ReadableStream<Uint8Array>
  /** Whether it became longer than its bound, where the stream ended with an error. */
  readonly isTooLarge: () => boolean
  /** Reads no more of it, since the answer is out: what is on its way is thrown away, so that the next request can come. */
  readonly leave: () => void
}

/** Whether a body follows the head (RFC 9112 section 6.3). */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0

/** The body as a stream of at most `maximumBytes`. Who waits for 100 (Continue) is told when the first piece is asked for. */
export const webBody = (incoming: IncomingMessage, maximumBytes: number): WebBody => {
  let bytes = 0
  let hasBegun = false
  let isWanted = false
  let isDue = false
  let isOver = false
  let controller: ReadableStreamDefaultController<Uint8Array>

  const take = (): void => {
    isDue = false
    if (!isWanted || isOver) return
    const piece: Buffer | null = incoming.read()
    if (piece === null) return
    isWanted = false
    bytes += piece.length
    if (bytes > maximumBytes) fail(new Error("the request body is too large"))
    else controller.enqueue(new Uint8Array(piece.buffer, piece.byteOffset, piece.length))
  }
  // Chunks of one byte, each a piece of its own, would cost far more than their bytes: what comes at once is one piece.
  const isChunked = incoming.headers["transfer-encoding"] !== undefined
  const come = (): void => {
    if (!isChunked) return take()
    if (!isDue) setImmediate(take)
    isDue = true
  }
  const end = (): void => {
    if (isOver) return
    isOver = true
    controller.close()
  }
  const fail = (error: unknown): void => {
    if (isOver) return
    isOver = true
    controller.error(error)
  }
  const begin = (): void => {
    hasBegun = true
    continueOf(incoming)?.()
    // Whoever hung up before sends no event any more.
    if (incoming.destroyed) fail(incoming.errored ?? new Error("the request broke off"))
    else incoming.on("readable", come).on("end", end).on("error", fail)
  }

  const stream = new ReadableStream<Uint8Array>(
    {
      start: (given) => void (controller = given),
      pull: () => {
        isWanted = true
        if (!hasBegun) begin()
        take()
      },
      cancel: () => void (isOver = true)
    },
    { highWaterMark: 0 }
  )
  return {
    stream,
    isTooLarge: () => bytes > maximumBytes,
    leave: () => {
      if (incoming.complete || incoming.destroyed) return
      fail(new Error("the request is answered"))
      incoming.off("readable", come)
      discardBody(incoming)
      setTimeout(() => void (incoming.complete || incoming.destroy()), LEFT_MILLIS).unref()
      incoming.resume()
    }
  }
}
