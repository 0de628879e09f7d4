import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import type { Answer } from "@postern/resource-server"
import { answerDefect } from "./enter-guard.ts"
import { continueOf } from "./expect-continue.ts"
import { isFaulty } from "./faulty-framing.ts"
import { findHeader } from "./incoming-head.ts"
import { readIncoming } from "./read-incoming.ts"
import { pathOfTarget } from "./request-target.ts"
import { sendAnswer } from "./send-answer.ts"

/** A request without the web's objects around it, which cost more than many an answer. */
export interface PlainRequest {
  readonly method: string
  /** Absolute; begins with the configured origin. */
  readonly url: string
  /** The value of a header, the name in lower case; lines of one name joined by a comma (RFC 9110 section 5.3). */
  readonly header: (name: string) => string | null
  /**
   * All bytes of the body, or `undefined` where there are more than so many: at once where all of them have come, else what waits
   * for them, and rejects where the body breaks off.
   */
  readonly read: (maximumBytes: number) => Uint8Array | undefined | (() => Promise<Uint8Array | undefined>)
}

type Body = Uint8Array | undefined

/** What answers plain requests: with names of headers that have one line each. */
export type PlainHandler = (request: PlainRequest) => Promise<Answer>

const NOTHING = new Uint8Array()

const declaredLength = ({ rawHeaders }: IncomingMessage): number | undefined => {
  const length = findHeader(rawHeaders, "content-length")
  return length === null ? undefined : Number(length)
}

/** Whether all of the body has come, and nobody has read of it. */
const isThere = (incoming: IncomingMessage): boolean =>
  !incoming.readableDidRead && (incoming.complete || incoming.readableLength === declaredLength(incoming))

/** A body that came together with its head, as most do, is there without an event. */
const readNow = (incoming: IncomingMessage, maximumBytes: number): Body => {
  if (incoming.readableLength > maximumBytes) return undefined
  const bytes: Buffer | null = incoming.read()
  return bytes ?? NOTHING
}

const wait = (incoming: IncomingMessage, maximumBytes: number): Promise<Body> =>
  new Promise((resolve, reject) => {
    // Who waits for 100 (Continue) is told so where the body will be read.
    if ((declaredLength(incoming) ?? 0) <= maximumBytes) continueOf(incoming)?.()
    readIncoming(incoming, maximumBytes, (body) => {
      if (body === "unreadable") reject(new Error("the request broke off"))
      else resolve(body === "too-large" ? undefined : body)
    })
  })

const plainRequest = (incoming: IncomingMessage, url: string): PlainRequest => ({
  method: incoming.method ?? "",
  url,
  header: (name) => findHeader(incoming.rawHeaders, name),
  read: (maximumBytes) => (isThere(incoming) ? readNow(incoming, maximumBytes) : () => wait(incoming, maximumBytes))
})

/** An answer without a body says so by its length, where it may have one (RFC 9110 section 8.6). */
const framed = ({ method }: IncomingMessage, answer: Answer): Answer =>
  answer.body === null && answer.status !== 204 && method !== "HEAD" ? { ...answer, body: "" } : answer

/** A listener of `node:http` that asks a plain handler: 400 to what names nothing here. */
export const plainListener =
  (
    handler: PlainHandler,
    { onDefect, origin }: { readonly origin: () => string; readonly onDefect: (error: unknown) => void }
  ): RequestListener =>
  (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const path = isFaulty(incoming) ? undefined : pathOfTarget(incoming.url)
    if (path === undefined) {
      outgoing.writeHead(400, { "cache-control": "no-store", connection: "close" }).end()
      return
    }
    const ask = async (): Promise<void> => {
      try {
        sendAnswer(incoming, outgoing, framed(incoming, await handler(plainRequest(incoming, origin() + path))))
      } catch (error) {
        answerDefect(incoming, outgoing, error, onDefect)
      }
    }
    // The parser is in the middle of what has come: a tick later the body is there that came with the head.
    process.nextTick(() => void ask())
  }
