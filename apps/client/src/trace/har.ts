import type { Pair } from "./mask.ts"

// HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), as far as it is written here.

/** A trace. */
export interface Har {
  readonly log: {
    readonly version: "1.2"
    readonly creator: { readonly name: string; readonly version: string }
    readonly entries: ReadonlyArray<Entry>
  }
}

/** One request and its answer. */
export interface Entry {
  /** ISO 8601. */
  readonly startedDateTime: string
  /** Milliseconds. */
  readonly time: number
  readonly request: {
    readonly method: string
    readonly url: string
    readonly httpVersion: string
    readonly cookies: ReadonlyArray<never>
    readonly headers: ReadonlyArray<Pair>
    readonly queryString: ReadonlyArray<Pair>
    readonly postData?: { readonly mimeType: string; readonly text?: string; readonly params?: ReadonlyArray<Pair> }
    readonly headersSize: -1
    readonly bodySize: number
  }
  readonly response: {
    /** 0 where none came. */
    readonly status: number
    readonly statusText: string
    readonly httpVersion: string
    readonly cookies: ReadonlyArray<never>
    readonly headers: ReadonlyArray<Pair>
    readonly content: { readonly size: number; readonly mimeType: string; readonly text?: string }
    readonly redirectURL: string
    readonly headersSize: -1
    readonly bodySize: number
  }
  readonly cache: {}
  readonly timings: { readonly send: 0; readonly wait: number; readonly receive: 0 }
  readonly comment?: string
}
