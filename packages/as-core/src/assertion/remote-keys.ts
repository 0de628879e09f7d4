import type { Transport } from "@postern/safe-fetch"
import { parseJson } from "@postern/metadata"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import { maximumAgeOf } from "../http/cache-control.ts"
import { nowSeconds } from "../now.ts"
import type { ClientKeySet } from "../store.ts"
import { readKeySet } from "./key-set.ts"

/** A key set behind a URL, and who named that URL, as `Transport` wants to know it. */
export interface KeySetUrl {
  readonly url: string
  readonly namedBy?: string
}

/** The key set behind a URL, or `undefined` when there is none to be had. `isEnough` says whether a set has what is looked for. */
export type RemoteKeys = (
  at: KeySetUrl,
  isEnough: (keys: ClientKeySet) => boolean
) => Effect.Effect<ClientKeySet | undefined>

const MAXIMUM_LENGTH = 65_536
const MAXIMUM_SETS = 1000
const MAXIMUM_AGE_SECONDS = 300
/** Between two fetches of one URL, whatever for: who is unknown can make no more of them. */
const COOL_DOWN_SECONDS = 30
/** While its server fails, a set that was good is used up to this age. */
const MAXIMUM_STALE_SECONDS = 3600

/** What is known of one URL; times in seconds since 1970. */
interface Entry {
  readonly oneAtATime: Semaphore.Semaphore
  held?: { readonly keys: ClientKeySet; readonly fetchedAt: number; readonly ageSeconds: number }
  askedAt: number
}

// What lies ahead was written down before the clock was set back, and says nothing.
const isWithin = (since: number, now: number, seconds: number): boolean => now >= since && now - since < seconds

/**
 * Key sets through `transport`: kept for five minutes, or for less where their server says so, and asked for again sooner when
 * a set does not have the key that is looked for, but never within the cool-down. One fetch runs at a time for each URL; what
 * is held is bounded, the one that was not used for longest leaves first.
 */
export const makeRemoteKeys = ({ transport }: { readonly transport: Transport }): RemoteKeys => {
  const entries = new Map<string, Entry>()

  const entryOf = (name: string): Entry => {
    const entry = entries.get(name) ?? { oneAtATime: Semaphore.makeUnsafe(1), askedAt: -Infinity }
    entries.delete(name)
    entries.set(name, entry)
    const [oldest] = entries.keys()
    if (entries.size > MAXIMUM_SETS && oldest !== undefined) entries.delete(oldest)
    return entry
  }

  const refresh = Effect.fnUntraced(function* (entry: Entry, at: KeySetUrl, isEnough: (keys: ClientKeySet) => boolean) {
    // Whoever waited finds what the one before it fetched.
    const now = yield* nowSeconds
    if (hasEnough(entry, now, isEnough) || isWithin(entry.askedAt, now, COOL_DOWN_SECONDS)) return
    entry.askedAt = now
    const fetched = yield* fetchKeys(transport, at)
    if (fetched !== undefined) entry.held = { ...fetched, fetchedAt: now }
  })

  return Effect.fnUntraced(function* (at, isEnough) {
    // What a stranger may name and what the operator did are not the same place.
    const entry = entryOf(JSON.stringify([at.url, at.namedBy === undefined ? null : URL.parse(at.namedBy)?.origin]))
    if (!hasEnough(entry, yield* nowSeconds, isEnough)) {
      // A fetch that was begun is finished: a caller who leaves must not cost the others the cool-down.
      yield* entry.oneAtATime.withPermit(Effect.uninterruptible(refresh(entry, at, isEnough)))
    }
    const { held } = entry
    return held !== undefined && isWithin(held.fetchedAt, yield* nowSeconds, MAXIMUM_STALE_SECONDS)
      ? held.keys
      : undefined
  })
}

const hasEnough = ({ held }: Entry, now: number, isEnough: (keys: ClientKeySet) => boolean): boolean =>
  held !== undefined && isWithin(held.fetchedAt, now, held.ageSeconds) && isEnough(held.keys)

const fetchKeys = Effect.fnUntraced(function* (transport: Transport, at: KeySetUrl) {
  const response = yield* Effect.result(transport.fetch({ ...at, headers: { accept: "application/json" } }))
  if (Result.isFailure(response)) return undefined
  const { headers, status, text } = response.success
  if (status !== 200 || text.length > MAXIMUM_LENGTH) return undefined
  const json = parseJson(text)
  const keys = Result.isSuccess(json) ? readKeySet(json.success) : undefined
  return keys && { keys, ageSeconds: maximumAgeOf(headers.get("cache-control"), MAXIMUM_AGE_SECONDS) }
})
