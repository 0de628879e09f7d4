import type { Transport } from "@postern/safe-fetch"
import * as Cache from "effect/Cache"
import * as Effect from "effect/Effect"
import { DOCUMENT_COOL_DOWN_SECONDS, MAXIMUM_DOCUMENTS } from "../limits.ts"
import { nowSeconds } from "../now.ts"
import { ClientDocumentRefused, ClientDocumentThrottled } from "../rejections.ts"
import type { DocumentSettings, Settings } from "../settings.ts"
import type { Client } from "../store.ts"
import type { Tell } from "../tell.ts"
import type { FetchBudget } from "./fetch-budget.ts"
import { fetchDocument } from "./fetch-document.ts"
import { isTrustedHost } from "./host-policy.ts"

/** Finds the client that a Client ID Metadata Document describes. */
export type DocumentFinder = (
  clientId: string
) => Effect.Effect<Client, ClientDocumentRefused | ClientDocumentThrottled>

/** A document that was good; times are seconds since 1970. */
interface Held {
  readonly client: Client
  readonly fetchedAt: number
  readonly freshUntil: number
  readonly staleUntil: number
  failedAt: number
}

interface FinderOptions {
  readonly transport: Transport
  readonly settings: Settings
  readonly documents: DocumentSettings
  readonly budget: FetchBudget
  readonly tell: Tell
}

/**
 * Reads documents through `transport`, of hosts that the policy trusts. One that is valid is kept for as long as its server
 * says, within bounds, and after that only while its server cannot be asked; an error or an invalid document is never kept and
 * ends what was (section 4.4 of the draft). Callers at once share one fetch. The document that was not used for longest leaves
 * first.
 */
export const makeDocumentFinder = (options: FinderOptions): Effect.Effect<DocumentFinder> => {
  const held = new Map<string, Held>()
  return Effect.map(
    // It keeps nothing; while a fetch runs, whoever asks for the same waits for its answer.
    Cache.makeWith((clientId: string) => lookUp(held, clientId, options), {
      capacity: MAXIMUM_DOCUMENTS,
      timeToLive: () => 0
    }),
    (running): DocumentFinder =>
      Effect.fnUntraced(function* (clientId) {
        if (!isTrustedHost(options.documents.hosts, new URL(clientId).hostname)) {
          return yield* new ClientDocumentRefused({ clientId, reason: "the host is not trusted" })
        }
        const found = held.get(clientId)
        if (found === undefined || !isFresh(found, yield* nowSeconds)) return yield* Cache.get(running, clientId)
        held.delete(clientId)
        held.set(clientId, found)
        return found.client
      })
  )
}

// What lies ahead was written down before the clock was set back, and says nothing.
const isFresh = ({ fetchedAt, freshUntil }: Held, now: number): boolean => now >= fetchedAt && now < freshUntil
const isUsable = ({ fetchedAt, staleUntil }: Held, now: number): boolean => now >= fetchedAt && now < staleUntil
const isCoolingDown = ({ failedAt }: Held, now: number): boolean =>
  now >= failedAt && now < failedAt + DOCUMENT_COOL_DOWN_SECONDS

const lookUp = Effect.fnUntraced(function* (held: Map<string, Held>, clientId: string, options: FinderOptions) {
  const now = yield* nowSeconds
  const known = held.get(clientId)
  const stale = known !== undefined && isUsable(known, now) ? known : undefined
  if (stale !== undefined && isCoolingDown(stale, now)) return stale.client
  const retryAfter = options.budget.take(clientId, now)
  if (retryAfter > 0) {
    if (stale !== undefined) return stale.client
    return yield* new ClientDocumentThrottled({ retryAfter })
  }
  const fetched = yield* fetchDocument(clientId, { ...options, staleSeconds: options.documents.staleSeconds })
  if (fetched._tag === "Unreachable" && stale !== undefined) {
    stale.failedAt = now
    const { reason } = fetched.rejection
    yield* options.tell({ event: "client-document-stale", clientId, detail: reason })
    return stale.client
  }
  held.delete(clientId)
  if (fetched._tag !== "Found") return yield* fetched.rejection
  const { client, freshness } = fetched
  if (freshness.keep) {
    const freshUntil = now + freshness.fresh
    held.set(clientId, {
      client,
      fetchedAt: now,
      freshUntil,
      staleUntil: freshUntil + freshness.stale,
      failedAt: -Infinity
    })
    const [oldest] = held.keys()
    if (held.size > MAXIMUM_DOCUMENTS && oldest !== undefined) held.delete(oldest)
  }
  return client
})
