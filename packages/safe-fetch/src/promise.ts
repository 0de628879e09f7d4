import { type PromiseOptions, toPromise } from "@postern/rejection/promise"
import type * as Result from "effect/Result"
import type { FetchRejected, TransportFailed } from "./errors.ts"
import { makeTransport, type TransportOptions } from "./make-transport.ts"
import type { SafeRequest, SafeResponse, Transport } from "./transport.ts"

/** A {@link Transport} whose fetch is a Promise: it resolves to a `Result` and rejects only when it is aborted. */
export interface PromiseTransport {
  /** As {@link Transport.fetch}. */
  readonly fetch: (
    request: SafeRequest,
    options?: PromiseOptions
  ) => Promise<Result.Result<SafeResponse, FetchRejected | TransportFailed>>
}

/** `makeTransport` as Promises. */
export const createTransport = (options: TransportOptions = {}): PromiseTransport =>
  toPromiseTransport(makeTransport(options))

/** Any transport as Promises, for example that of `@postern/safe-fetch/node`. */
export const toPromiseTransport = (transport: Transport): PromiseTransport => ({
  fetch: (request, options) => toPromise(transport.fetch(request), options)
})
