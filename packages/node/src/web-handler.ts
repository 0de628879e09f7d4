import { boundBody } from "./bounded-body.ts"
import { relayBody } from "./relay-body.ts"

/** What a web-standard server is. */
export type WebHandler = (request: Request) => Promise<Response>

interface AnswerOptions {
  readonly url: string
  readonly maximumBytes: number
  /** Whether the sender hung up before the request was whole. */
  readonly isGone: () => boolean
  /** Told when the handler begins to read the body; nothing of it is read before. */
  readonly onBody?: (() => void) | undefined
}

// The DOM's types do not know `duplex`, without which the fetch standard takes no stream as a body.
const withBody = (
  init: RequestInit,
  stream: ReadableStream<Uint8Array>,
  onBegin: (() => void) | undefined
): RequestInit => {
  const body = onBegin === undefined ? stream : relayBody(stream, { onBegin })
  const whole: RequestInit & { readonly duplex: "half" } = { ...init, body, duplex: "half" }
  return whole
}

const bare = (status: number): Response =>
  new Response(null, { status, headers: { "cache-control": "no-store", connection: "close" } })

/** The methods that the web platform refuses to make a request of. */
const forbiddenMethods: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"])

/**
 * Answers a request as `url` (the public URL, whatever the sender called us) with a body of at most `maximumBytes`:
 * 413 beyond that (RFC 9110 section 15.5.14). What the handler throws at somebody who hung up is no bug of ours.
 */
export const answer = async (handler: WebHandler, incoming: Request, options: AnswerOptions): Promise<Response> => {
  try {
    return await answerWhole(handler, incoming, options)
  } catch (error) {
    if (options.isGone()) return bare(400)
    throw error
  }
}

const answerWhole = async (handler: WebHandler, incoming: Request, options: AnswerOptions): Promise<Response> => {
  const { method, headers, signal } = incoming
  if (forbiddenMethods.has(method)) return bare(405)
  const init = { method, headers: [...headers], signal }
  const { body } = incoming
  if (body === null) return handler(new Request(options.url, init))
  const length = headers.get("content-length")
  // A declared length is enforced by the HTTP parser; only a body without one has to be counted.
  if (length !== null) {
    if (Number(length) > options.maximumBytes) return bare(413)
    return handler(new Request(options.url, withBody(init, body, options.onBody)))
  }
  const bounded = boundBody(body, options.maximumBytes)
  try {
    const response = await handler(new Request(options.url, withBody(init, bounded.stream, options.onBody)))
    return bounded.exceeded() ? bare(413) : response
  } catch (error) {
    if (bounded.exceeded()) return bare(413)
    throw error
  }
}
