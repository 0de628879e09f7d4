import type { ServerResponse } from "node:http"

// A timer of node takes 31 bits, and fires at once when it is given more.
const LONGEST_MILLIS = 2_147_483_647

/**
 * Ends an answer whose headers are about to leave at a time, in milliseconds since 1970, if it is still open then. What the
 * handler writes later goes nowhere and is no error: it learns of the end as of a client that hung up, by the event `close`.
 */
export const endStreamAt = (outgoing: ServerResponse, endsAtMillis: number): void => {
  let timer: NodeJS.Timeout
  const end = (): void => {
    // First, since a filter that ends puts back what it stood in for.
    outgoing.end()
    outgoing.write = () => false
    outgoing.end = () => outgoing
  }
  const wait = (): void => {
    const left = endsAtMillis - Date.now()
    timer = setTimeout(left > LONGEST_MILLIS ? wait : end, Math.min(Math.max(left, 0), LONGEST_MILLIS))
    timer.unref()
  }
  wait()
  outgoing.once("close", () => clearTimeout(timer))
}
