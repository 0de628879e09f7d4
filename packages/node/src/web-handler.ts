import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { isFaulty } from "./faulty-framing.ts"
import { pathOfTarget } from "./request-target.ts"
import { sendResponse } from "./web-answer.ts"
import { hasBody, webBody, type WebBody } from "./web-body.ts"
import { webRequest } from "./web-request.ts"

/** What a web-standard server is. */
export type WebHandler = (request: Request) => Promise<Response>

/** How a handler is asked. */
export interface WebListenerOptions {
  /** Scheme, host and port with which the URL of every request begins, whatever the sender called us. */
  readonly origin: () => string
  readonly maximumBodyBytes: number
  /** Told of what the handler threw, and of a body of its answer that broke off; not of what somebody who hung up caused. */
  readonly onDefect: (error: unknown) => void
}

/** The methods that the web platform refuses to make a request of. */
const forbiddenMethods: ReadonlySet<string | undefined> = new Set(["CONNECT", "TRACE", "TRACK"])

const bare = (outgoing: ServerResponse, status: 400 | 405 | 413): void =>
  void outgoing.writeHead(status, ["cache-control", "no-store", "connection", "close", "content-length", "0"]).end()

const answerDefect = (outgoing: ServerResponse): void => {
  if (outgoing.headersSent) outgoing.destroy()
  else outgoing.writeHead(500, ["cache-control", "no-store", "content-length", "0"]).end()
}

/** A signal that aborts when the sender hangs up before it has its answer. */
const hangUp = (outgoing: ServerResponse): AbortSignal => {
  const controller = new AbortController()
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) controller.abort()
  })
  return controller.signal
}

const answer = async (
  handler: WebHandler,
  exchange: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse; readonly url: string },
  body: WebBody | undefined,
  onDefect: WebListenerOptions["onDefect"]
): Promise<void> => {
  const { incoming, outgoing, url } = exchange
  const signal = hangUp(outgoing)
  try {
    const response = await handler(webRequest(incoming, { url, signal, body: body?.stream }))
    if (body?.isTooLarge() === true) {
      bare(outgoing, 413)
      return await response.body?.cancel()
    }
    await sendResponse(outgoing, response)
  } catch (error) {
    const isTooLarge = body?.isTooLarge() === true
    if (isTooLarge && !outgoing.headersSent) return bare(outgoing, 413)
    if (!outgoing.writableEnded) answerDefect(outgoing)
    if (!isTooLarge && !signal.aborted && incoming.errored === null) onDefect(error)
  }
}

/**
 * A listener of `node:http` that asks a web handler: 400 to what names nothing here, 405 to a method that no web request can
 * have, 413 beyond the bound (RFC 9110 section 15.5.14).
 */
export const webListener =
  (handler: WebHandler, { maximumBodyBytes, onDefect, origin }: WebListenerOptions): RequestListener =>
  (incoming, outgoing) => {
    const path = isFaulty(incoming) ? undefined : pathOfTarget(incoming.url)
    if (path === undefined) return bare(outgoing, 400)
    if (forbiddenMethods.has(incoming.method)) return bare(outgoing, 405)
    if (Number(incoming.headers["content-length"] ?? 0) > maximumBodyBytes) return bare(outgoing, 413)
    const body = hasBody(incoming) ? webBody(incoming, maximumBodyBytes) : undefined
    // Before node's own listener, which throws away, uncounted, what nobody has begun to read.
    if (body !== undefined) outgoing.prependOnceListener("finish", body.leave)
    void answer(handler, { incoming, outgoing, url: origin() + path }, body, onDefect)
  }
