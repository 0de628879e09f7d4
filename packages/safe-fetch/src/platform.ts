import { makeTransport, type TransportOptions } from "./make-transport.ts"
import { checkKnown } from "./option-checks.ts"
import type { Transport } from "./transport.ts"

/**
 * The strictest transport that the platform has: on Node.js that of `@postern/safe-fetch/node`, which dials the very address
 * that it checked; elsewhere `makeTransport`, on the platform's `fetch`. Wrong options throw.
 */
export const makePlatformTransport = (options: Pick<TransportOptions, "bounds"> = {}): Transport => {
  checkKnown("", options, { bounds: true })
  return makeTransport(options)
}
