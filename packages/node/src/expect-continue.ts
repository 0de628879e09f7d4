import type { IncomingMessage, ServerResponse } from "node:http"

// RFC 9110 section 10.1.1: whoever expects 100 gets a final status at once where the body is not wanted. Left to itself, node
// would ask for every body, also for one that comes without a token. An answer that comes first ends the connection, for which
// node sees: nobody can say whether the body still comes, and where the next request would begin.
const waiting = new WeakMap<object, ServerResponse>()

/** Remembers that the sender waits for a word before it sends the body. */
export const awaitBody = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
  void waiting.set(incoming, outgoing)

/** What says that the body is wanted; `undefined` where nobody waits for it. */
export const continueOf = (incoming: object): (() => void) | undefined => {
  const outgoing = waiting.get(incoming)
  return (
    outgoing &&
    (() => {
      waiting.delete(incoming)
      if (!outgoing.headersSent) outgoing.writeContinue()
    })
  )
}
