import type { IncomingMessage, ServerResponse } from "node:http"
import type { Access } from "@postern/resource-server"
import type { Anyone, NodeGuard } from "./admission.ts"
import { answerDefect, enterGuard, type Guarded, type GuardedOptions } from "./enter-guard.ts"

export type { Anyone, NodeGuard } from "./admission.ts"
export type { Guarded, GuardedOptions } from "./enter-guard.ts"

/** A handler of `node:http` behind a guard: `incoming.body` is the message that was judged, `undefined` where there is none. */
export type GuardedListener<A = Access, Auth = unknown> = (
  incoming: Guarded<Auth>,
  outgoing: ServerResponse,
  access: A
) => unknown

/**
 * Puts a guard in front of a handler of `node:http`, without a web `Request` on the way. The guard answers the metadata
 * document, preflights and refusals; a body is read after the token is known to be good. What `next` throws, or the promise
 * that it returns rejects with, is not caught: it is an uncaught exception, or an unhandled rejection, of the process, as
 * without a guard.
 *
 * ```ts
 * createServer(guardListener(guard, (incoming, outgoing, access) => outgoing.end(access.subject)))
 * ```
 */
export const guardListener =
  <A extends Anyone, Auth = undefined>(
    guard: NodeGuard<A>,
    next: GuardedListener<A, Auth>,
    options: GuardedOptions<A, Auth> = {}
  ): ((incoming: IncomingMessage, outgoing: ServerResponse) => void) =>
  (incoming, outgoing) =>
    enterGuard(
      guard,
      { incoming, outgoing, url: incoming.url },
      {
        auth: options.auth,
        pass: (access, guarded) => void next(guarded, outgoing, access),
        fail: (error) => answerDefect(incoming, outgoing, error, options.onDefect)
      }
    )
