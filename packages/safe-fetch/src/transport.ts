import type * as Effect from "effect/Effect"
import type { FetchRejected, TransportFailed } from "./errors.ts"

/** What is asked of a {@link Transport}. */
export interface SafeRequest {
  /** Absolute, https or http on loopback; see `parseSecureUrl` of `@postern/uri`. */
  readonly url: string
  /** `GET` unless told. */
  readonly method?: "GET" | "POST"
  /** Sent as they are, over the transport's own `accept` and `user-agent`. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * The media types (lower case, without parameters) that a 2xx body may have, for example `image/png`: it then comes as
   * `bytes`. JSON, as `text`, unless told.
   */
  readonly types?: ReadonlyArray<string>
  /** Sent as UTF-8; name its type in `headers`. */
  readonly body?: string
  /**
   * The URL of the party whose document or header named `url`; absent when the operator or user named it. What a public
   * host names never leads to a private address.
   */
  readonly namedBy?: string
}

/** An answer that arrived whole, within its bounds. */
export interface SafeResponse {
  /** 200 to 299 or 400 to 599: a redirect is never an answer. */
  readonly status: number
  readonly headers: Headers
  /** The body, decoded as UTF-8; for a 2xx status it was declared as JSON, or is empty. Empty beside `bytes`. */
  readonly text: string
  /** The body of a 2xx status as it came, where the request names its `types`; nothing says that it is what it is declared as. */
  readonly bytes?: Uint8Array
  /** The URL that was asked for, as it was given. */
  readonly url: string
}

/** Fetches URLs that others named. A plain value, to be passed in options. */
export interface Transport {
  /** Sends one request and reads its whole answer, within the bounds. */
  readonly fetch: (request: SafeRequest) => Effect.Effect<SafeResponse, FetchRejected | TransportFailed>
}
