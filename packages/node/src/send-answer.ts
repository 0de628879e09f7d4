import type { IncomingMessage, ServerResponse } from "node:http"
import type { Answer } from "@postern/resource-server"
import { findHeader } from "./incoming-head.ts"

// So much of a body that nobody wants is taken off the wire, so that the sender can read the answer and go on; then it is
// hung up.
const DISCARDED_BYTES = 4_194_304

/** Lets go of a body that is not wanted. Node throws the rest away when the answer is out, however much it is; not here. */
export const discardBody = (incoming: IncomingMessage): void => {
  if (incoming.complete || incoming.destroyed) return
  const announced = findHeader(incoming.rawHeaders, "content-length")
  const isBounded =
    announced === null
      ? findHeader(incoming.rawHeaders, "transfer-encoding") === null
      : Number(announced) <= DISCARDED_BYTES
  if (isBounded) return
  let left = DISCARDED_BYTES
  incoming.on("data", (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) incoming.destroy()
  })
}

/** Sends a finished answer, whatever of the request's body is still on its way. */
export const sendAnswer = (incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): void => {
  const { body, headers, status } = answer
  discardBody(incoming)
  if (body === null) outgoing.writeHead(status, headers).end()
  else outgoing.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(body) }).end(body)
}
