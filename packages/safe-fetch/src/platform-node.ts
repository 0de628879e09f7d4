import type { TransportOptions } from "./make-transport.ts"
import { makeNodeTransport } from "./make-node-transport.ts"
import type { Transport } from "./transport.ts"

/**
 * The strictest transport that the platform has: on Node.js that of `@postern/safe-fetch/node`, which dials the very address
 * that it checked; elsewhere `makeTransport`, on the platform's `fetch`. Wrong bounds throw.
 */
export const makePlatformTransport = ({ bounds = {} }: Pick<TransportOptions, "bounds"> = {}): Transport =>
  makeNodeTransport({ bounds })
