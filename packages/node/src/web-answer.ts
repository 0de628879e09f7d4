import type { ServerResponse } from "node:http"

type Piece = ReadableStreamReadResult<Uint8Array>
type Reader = ReadableStreamDefaultReader<Uint8Array>

interface Head {
  readonly status: number
  /** Names and values in turn. */
  readonly lines: Array<string>
  /** The length that the handler says the body has. */
  readonly length: string | undefined
}

const CLOSE = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i

/**
 * What the connection itself says is left out (RFC 9110 section 7.6.1, RFC 9112 section 6): how the body is framed is known here
 * alone. Of a handler's `connection` only `close` is heard: node would believe its `keep-alive` more than the sender's `close`,
 * which RFC 9112 section 9.6 says a server MUST follow.
 */
const headOf = ({ body, headers, status }: Response): Head => {
  const lines: Array<string> = []
  let length: string | undefined
  let hasType = false
  for (const [name, value] of headers) {
    if (name === "content-length") length = value
    else if (name === "connection") {
      if (CLOSE.test(value)) lines.push(name, "close")
    } else if (name !== "keep-alive" && name !== "transfer-encoding" && name !== "trailer") {
      hasType ||= name === "content-type"
      lines.push(name, value)
    }
  }
  // A browser guesses the type of what has none.
  if (body !== null && !hasType) lines.push("content-type", "text/plain; charset=UTF-8")
  return { status, lines, length }
}

/** Sends the head; of the length it knows, or else that of the handler, or none. */
const sendHead = (outgoing: ServerResponse, { length, lines, status }: Head, known?: number): ServerResponse => {
  // RFC 9110 section 8.6: a 204 has no length, and that of a 304 and of an answer to HEAD is that of what they do not send.
  const isEmpty = status === 204 || status === 304 || outgoing.req.method === "HEAD"
  const told = known === undefined || (isEmpty && known === 0) ? length : String(known)
  if (told !== undefined && status !== 204) lines.push("content-length", told)
  // A body of another length than its head says would end in the middle of the next answer.
  outgoing.strictContentLength = true
  return outgoing.writeHead(status, lines)
}

/** What of a body is there at once, and the piece that comes after it. */
interface Begun {
  readonly first: Piece | undefined
  readonly next: Promise<Piece>
  readonly last: Piece | undefined
}

/** Reads two pieces of a body, the second of which is the end of most, and waits for nothing but what is computed already. */
const begin = (reader: Reader): Promise<Begun> =>
  new Promise((resolve, reject) => {
    let isLate = false
    let first: Piece | undefined
    let next = reader.read()
    const decide = (last: Piece | undefined): void => {
      isLate = true
      resolve({ first, next, last })
    }
    const goOn = (piece: Piece): void => {
      if (isLate) return
      first = piece
      next = reader.read()
      next.then(decide, reject)
    }
    next.then(goOn, reject)
    // Ticks come when no microtask is left.
    process.nextTick(decide, undefined)
  })

/** Waits until more may be written, or nothing may any more. */
const drained = (outgoing: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done).off("close", done)
      resolve()
    }
    outgoing.on("drain", done).on("close", done)
  })

/** Sends what is left of a body, no faster than it is taken, and cancels it when nobody is there any more. */
const pump = async (outgoing: ServerResponse, reader: Reader, next: Promise<Piece>): Promise<void> => {
  if (outgoing.destroyed) return reader.cancel()
  outgoing.once("close", () => void reader.cancel().catch(() => undefined))
  for (let pending = next; ; pending = reader.read()) {
    const { done, value } = await pending
    if (done) return void outgoing.end()
    const isTaken = outgoing.write(value)
    if (outgoing.destroyed) return
    if (!isTaken) await drained(outgoing)
  }
}

const sendBody = async (outgoing: ServerResponse, head: Head, reader: Reader): Promise<void> => {
  const { first, last, next } = await begin(reader)
  if (first?.done === true) return void sendHead(outgoing, head, 0).end()
  if (first?.done === false && last?.done === true) {
    return void sendHead(outgoing, head, Buffer.byteLength(first.value)).end(first.value)
  }
  sendHead(outgoing, head)
  if (outgoing.req.method === "HEAD") {
    outgoing.end()
    return reader.cancel()
  }
  if (first?.done === false) outgoing.write(first.value)
  else outgoing.flushHeaders()
  return pump(outgoing, reader, next)
}

/**
 * Sends a handler's response: in one piece with its length where its body is there at once, as most are, else as it comes. It
 * rejects where the body breaks off or cannot be sent; then the head may be out.
 */
export const sendResponse = async (outgoing: ServerResponse, response: Response): Promise<void> => {
  const head = headOf(response)
  if (response.body === null) return void sendHead(outgoing, head, 0).end()
  const reader = response.body.getReader()
  try {
    await sendBody(outgoing, head, reader)
  } catch (error) {
    reader.cancel().catch(() => undefined)
    throw error
  }
}
