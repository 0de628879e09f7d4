import type { FetchRejected, SafeResponse, TransportFailed } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import type { CommonSettings } from "./common-settings.ts"
import { type Purpose, redactUrl } from "./events.ts"
import { exchange, isUnavailable, unavailable } from "./exchange.ts"
import type { MetadataAttempt } from "./metadata-attempt.ts"
import type { ServerUnavailable } from "./rejections/index.ts"

/** What was found, if anything was, and every place that was tried for it, in order. */
export interface FoundDocument<A> {
  readonly document: A | undefined
  readonly tried: ReadonlyArray<MetadataAttempt>
}

/**
 * The first document that is there, read and accepted. "Not here" (4xx) goes on to the next place; a server that is down or
 * cannot be reached does not: what it would have said is not to be replaced by something weaker. Nor is a document that is
 * refused.
 */
export const findDocument = Effect.fnUntraced(function* <A, E extends { readonly _tag: string }>(
  settings: CommonSettings,
  facts: {
    readonly purpose: Purpose
    readonly urls: ReadonlyArray<string>
    readonly namedBy: string | undefined
    readonly read: (response: SafeResponse) => Effect.Effect<A, E>
  }
): Effect.fn.Return<FoundDocument<A>, E | FetchRejected | TransportFailed | ServerUnavailable> {
  const { namedBy, purpose, read, urls } = facts
  const tried: Array<MetadataAttempt> = []
  for (const url of urls) {
    const note = (attempt: Omit<MetadataAttempt, "url">) => {
      const made = { url: redactUrl(url), ...attempt }
      tried.push(made)
      return settings.emit({ _tag: "MetadataTried", purpose, ...made })
    }
    const asked = exchange(settings, purpose, { url, ...(namedBy === undefined ? {} : { namedBy }) })
    const response = yield* Effect.tapError(asked, ({ _tag: reason, kind }) =>
      note({ outcome: kind === "failure" ? "unavailable" : "rejected", reason })
    )
    const { status } = response
    if (isUnavailable(status)) {
      yield* note({ outcome: "unavailable", status })
      return yield* unavailable(purpose, response)
    }
    if (status >= 300) {
      yield* note({ outcome: "not-found", status })
      continue
    }
    const document = yield* Effect.tapError(read(response), ({ _tag: reason }) =>
      note({ outcome: "rejected", status, reason })
    )
    yield* note({ outcome: "accepted", status })
    return { document, tried }
  }
  return { document: undefined, tried }
})
