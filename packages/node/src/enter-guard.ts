import type { IncomingMessage, ServerResponse } from "node:http"
import type { Access } from "@postern/resource-server"
import * as Effect from "effect/Effect"
import { admit, type Anyone, type NodeGuard, type Steps } from "./admission.ts"
import { headOf, tokenOf } from "./incoming-head.ts"
import { pathOfTarget } from "./request-target.ts"
import { sendAnswer } from "./send-answer.ts"

/** What may be told of a request that passed. */
export interface GuardedOptions<A = Access, Auth = unknown> {
  /** What `auth` of the request is, for handlers that look there; `token` is the access token's text, empty without one. */
  readonly auth?: (access: A, token: string) => Auth
  /** Told of what the guard itself threw, which is a bug and answered 500 with nothing inside; logged unless told. */
  readonly onDefect?: (error: unknown) => void
}

/** A request that passed: `body` is the message that was judged, and there is no other to be read. */
export interface Guarded<Auth = unknown> extends IncomingMessage {
  /** The method, as it came. */
  method: string
  /** The target, as it came. */
  url: string
  /** The message that was judged. */
  body?: unknown
  /** What the option `auth` made of the access. */
  auth?: NonNullable<Auth>
}

// What a client of node receives has neither; what a server receives has both.
const isRequest = <Auth>(incoming: IncomingMessage): incoming is Guarded<Auth> =>
  incoming.method !== undefined && incoming.url !== undefined

// More lines than any client sends, and few enough to be looked through (RFC 6585 section 5).
const MAXIMUM_HEADER_LINES = 256

const bare = (incoming: IncomingMessage, outgoing: ServerResponse, status: 400 | 431): void =>
  sendAnswer(incoming, outgoing, { status, headers: { "Cache-Control": "no-store", Connection: "close" }, body: null })

const logDefect = (error: unknown): void => void Effect.runFork(Effect.logError("the guard failed", error))

/** Answers 500 with nothing inside and tells who wants to know. */
export const answerDefect = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  error: unknown,
  tell: (error: unknown) => void = logDefect
): void => {
  tell(error)
  if (outgoing.headersSent) return void outgoing.destroy()
  const headers = { "Cache-Control": "no-store", "Content-Type": "application/json" }
  sendAnswer(incoming, outgoing, { status: 500, headers, body: '{"error":"server_error"}' })
}

/** Where a request goes on that was led through a guard. */
export interface GuardedSteps<A extends Anyone, Auth> extends Pick<Steps<A>, "fail"> {
  readonly pass: (access: A, incoming: Guarded<Auth>) => void
  /** How an answer of the guard is sent; by node's own means unless told. */
  readonly answer?: Steps<A>["answer"]
  readonly auth?: ((access: A, token: string) => Auth) | undefined
}

/** Leads a request through a guard: it is answered, or passed on with its message and its `auth`. `url` is the target as it came. */
export const enterGuard = <A extends Anyone, Auth>(
  guard: NodeGuard<A>,
  request: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse; readonly url: string | undefined },
  steps: GuardedSteps<A, Auth>
): void => {
  const { incoming, outgoing, url = "" } = request
  if (incoming.rawHeaders.length > 2 * MAXIMUM_HEADER_LINES) return bare(incoming, outgoing, 431)
  const target = pathOfTarget(url)
  if (target === undefined || !isRequest<Auth>(incoming)) return bare(incoming, outgoing, 400)
  const head = headOf(incoming, target)
  admit(guard, head, incoming, outgoing, {
    answer: steps.answer ?? ((answer) => sendAnswer(incoming, outgoing, answer)),
    pass: (access) => {
      incoming.body = access.message
      const auth = steps.auth?.(access, tokenOf(head))
      if (auth !== undefined && auth !== null) incoming.auth = auth
      steps.pass(access, incoming)
    },
    fail: steps.fail
  })
}
