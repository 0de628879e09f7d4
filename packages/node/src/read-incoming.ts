import type { IncomingMessage } from "node:http"
import { findHeader } from "./incoming-head.ts"

/** The bytes of a body, or why there are none. */
export type IncomingBody = Uint8Array | "too-large" | "unreadable"

/**
 * Reads a body of at most `maximumBytes`. One that says that it is longer is not read, and one that becomes longer is not kept.
 * `done` is called once, perhaps at once; what it throws is not caught.
 */
export const readIncoming = (
  incoming: IncomingMessage,
  maximumBytes: number,
  done: (body: IncomingBody) => void
): void => {
  // Whoever hung up while something was waited for sends no event any more.
  if (incoming.destroyed) return done("unreadable")
  if (Number(findHeader(incoming.rawHeaders, "content-length") ?? 0) > maximumBytes) return done("too-large")

  const chunks: Array<Buffer> = []
  let size = 0
  let isDone = false
  const finish = (body: IncomingBody): void => {
    if (isDone) return
    isDone = true
    done(body)
  }
  const collect = (chunk: Buffer): void => {
    size += chunk.length
    if (size <= maximumBytes) {
      chunks.push(chunk)
      return
    }
    incoming.off("data", collect)
    finish("too-large")
  }
  incoming
    .on("data", collect)
    .on("end", () => {
      const [first] = chunks
      finish(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, Math.min(size, maximumBytes)))
    })
    .on("error", () => finish("unreadable"))
}
