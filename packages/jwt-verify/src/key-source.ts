import type { JsonObject } from "@postern/metadata"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ageOf } from "./cache-age.ts"
import { type KeyLocation, locateKeys } from "./discovery.ts"
import { type FetchDocument, fetchDocument, type Unavailable } from "./fetch-document.ts"
import { makeFlight } from "./flight.ts"
import type { SignedBy } from "./header.ts"
import { type KeyCache } from "./key-cache.ts"
import {
  importKeys,
  type KeyRules,
  parseKeySet,
  type PublicKey,
  secretsOf,
  selectKey,
  type VerificationKey
} from "./key-set.ts"
import { KeysUnavailable } from "./rejections.ts"

export type { FetchDocument } from "./fetch-document.ts"
export type { KeyCache } from "./key-cache.ts"

/** Where the keys of one issuer come from. */
export interface KeySource {
  /** The keys now; the set may have none for this header. */
  readonly keys: (signedBy: SignedBy) => Effect.Effect<ReadonlyArray<VerificationKey>, KeysUnavailable>
  /** The same where nothing has to be waited for; `undefined` where it has. */
  readonly keysNow: (signedBy: SignedBy, nowMillis: number) => ReadonlyArray<VerificationKey> | undefined
  /** Whether this very key is in the set and the set may be used now, in milliseconds since 1970, without a fetch. */
  readonly holds: (key: VerificationKey, nowMillis: number) => boolean
}

/** Something about an issuer's keys that its operator should know. */
export interface KeyProblem {
  /**
   * - `PrivateKeyPublished`, `SymmetricKeyPublished`: the set has members that must not be public; they are not kept
   * - `KeysUnavailable`: the set could not be had, `reason` says why
   * - `KeysUnusable`: a new set has no key for the algorithms, so that the old one stays
   */
  readonly _tag: "PrivateKeyPublished" | "SymmetricKeyPublished" | "KeysUnavailable" | "KeysUnusable"
  readonly issuer: string
  readonly reason?: string
}

/** Keys that stand in the configuration. */
export const fixedKeys = (keys: ReadonlyArray<PublicKey>): KeySource => {
  let imported: ReadonlyArray<VerificationKey> | undefined
  return {
    keys: () =>
      Effect.suspend(() =>
        imported
          ? Effect.succeed(imported)
          : Effect.tap(importKeys(keys), (made) => Effect.sync(() => (imported = made)))
      ),
    keysNow: () => imported,
    holds: (key) => imported?.includes(key) === true
  }
}

interface RemoteOptions extends KeyRules {
  readonly issuer: string
  /** `undefined`: found by the issuer's metadata. */
  readonly url: string | undefined
  /** Which document named that URL; nobody where the operator typed it. */
  readonly namedBy?: string | undefined
  readonly fetch: FetchDocument
  readonly cache: Required<KeyCache>
  /** How old a set has to be before a key that it does not have makes a fetch; 0 unless told. */
  readonly askAgainAfterSeconds?: number | undefined
  readonly onProblem?: (problem: KeyProblem) => void
}

/** A set that was fetched, in milliseconds since 1970. */
interface HeldSet {
  readonly keys: ReadonlyArray<VerificationKey>
  readonly fetchedAt: number
  /** For how long it is used without asking. */
  readonly ageSeconds: number
}

// The metadata document is read again this often at least, so that a set that has moved is found.
const LOCATION_AGE_SECONDS = 3600

/**
 * Keys behind a URL, or behind the metadata of their issuer. One fetch runs at a time whoever asks, and goes on when they hang
 * up; a new set replaces the old one only when it has been read whole and has a key; keys that stay in the set stay the same
 * objects; a `kid` that the set does not have makes at most one fetch in each cool-down. Who comes when the set's age is over
 * waits for the one fetch; while the endpoint fails, one request in each cool-down does and the others get the last good set.
 */
export const remoteKeys = (options: RemoteOptions): KeySource => {
  const { askAgainAfterSeconds = 0, cache, fetch, issuer, namedBy, url } = options
  const timeoutMillis = cache.fetchTimeoutSeconds * 1000
  const flight = makeFlight(timeoutMillis)
  let held: HeldSet | undefined
  let failure: KeysUnavailable | undefined
  let quietSince = -Infinity
  let located: (KeyLocation & { readonly at: number }) | undefined

  const report = (problem: Omit<KeyProblem, "issuer">) =>
    Effect.gen(function* () {
      yield* Effect.logWarning(`keys of ${issuer}: ${problem._tag}${problem.reason ? ` (${problem.reason})` : ""}`)
      // Whoever is told cannot make a token good or bad.
      yield* Effect.exit(Effect.sync(() => options.onProblem?.({ ...problem, issuer })))
    })

  // What lies ahead was written down before the clock was set back, and says nothing.
  const isWithin = (since: number, now: number, seconds: number) => now >= since && now - since < seconds * 1000
  const isFresh = (now: number) => held !== undefined && isWithin(held.fetchedAt, now, held.ageSeconds)
  const isUsable = (now: number) => held !== undefined && isWithin(held.fetchedAt, now, cache.maxStaleSeconds)
  const isQuiet = (now: number) =>
    isWithin(quietSince, now, cache.cooldownSeconds) ||
    (held !== undefined && isFresh(now) && isWithin(held.fetchedAt, now, askAgainAfterSeconds))
  const has = (signedBy: SignedBy) => held !== undefined && Result.isSuccess(selectKey(held.keys, signedBy))
  const isEnough = (now: number, signedBy: SignedBy) => isFresh(now) && has(signedBy)

  const locate = (now: number): Effect.Effect<KeyLocation, Unavailable> => {
    if (url !== undefined) return Effect.succeed({ url, namedBy })
    if (located !== undefined && isWithin(located.at, now, LOCATION_AGE_SECONDS)) return Effect.succeed(located)
    return Effect.tap(locateKeys(issuer, fetch), (found) => Effect.sync(() => (located = { ...found, at: now })))
  }

  const readSet = (json: JsonObject, headers: Headers, now: number): Effect.Effect<HeldSet, Unavailable> =>
    Effect.gen(function* () {
      const parsed = parseKeySet(json, options)
      if (parsed === undefined) return yield* Effect.fail<Unavailable>({ reason: "malformed" })
      for (const tag of secretsOf(json)) yield* report({ _tag: tag })
      const keys = yield* importKeys(parsed, held?.keys ?? [])
      if (keys.length === 0) {
        yield* report({ _tag: "KeysUnusable" })
        return yield* Effect.fail<Unavailable>({ reason: "malformed" })
      }
      return { keys, fetchedAt: now, ageSeconds: ageOf(headers, cache) }
    })

  const fetchFrom = ({ namedBy, url }: KeyLocation, now: number): Effect.Effect<HeldSet, Unavailable> =>
    Effect.flatMap(fetchDocument(namedBy === undefined ? { url } : { url, namedBy }, fetch), ({ headers, json }) =>
      readSet(json, headers, now)
    )

  const fetchSet = (now: number): Effect.Effect<HeldSet, Unavailable> =>
    Effect.gen(function* () {
      const remembered = located
      const location = yield* locate(now)
      const fetched = yield* Effect.result(fetchFrom(location, now))
      if (Result.isSuccess(fetched)) return fetched.success
      // The set may have moved since the metadata was read.
      if (location !== remembered) return yield* Effect.fail(fetched.failure)
      located = undefined
      const again = yield* locate(now)
      return yield* again.url === location.url ? Effect.fail(fetched.failure) : fetchFrom(again, now)
    })

  const refresh = (signedBy: SignedBy): Effect.Effect<void> =>
    Effect.gen(function* () {
      const begunAt = yield* Clock.currentTimeMillis
      const isForUnknownKey = isFresh(begunAt)
      const fetched = yield* fetchSet(begunAt).pipe(
        Effect.timeoutOrElse({
          duration: timeoutMillis,
          orElse: () => Effect.fail<Unavailable>({ reason: "timeout" })
        }),
        Effect.result
      )
      if (Result.isSuccess(fetched)) {
        held = fetched.success
        failure = undefined
      } else {
        const { cause, reason } = fetched.failure
        located = undefined
        failure = new KeysUnavailable(cause === undefined ? { issuer, reason } : { issuer, reason, cause })
      }
      if (failure !== undefined || isForUnknownKey || !has(signedBy)) quietSince = yield* Clock.currentTimeMillis
      if (failure !== undefined) yield* report({ _tag: "KeysUnavailable", reason: failure.reason })
    })

  // Nobody waits for what others already try, when the last try failed and the last good set has the key.
  const needNotWait = (now: number, signedBy: SignedBy) =>
    failure !== undefined && isUsable(now) && has(signedBy) && flight.isUnderWay(now)

  const keysNow: KeySource["keysNow"] = (signedBy, now) => (isEnough(now, signedBy) ? held?.keys : undefined)

  const keys: KeySource["keys"] = (signedBy) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const known = keysNow(signedBy, now)
      if (known !== undefined) return known
      if (!isQuiet(now) && !needNotWait(now, signedBy)) yield* flight.join(refresh(signedBy), now)
      if (held !== undefined && isUsable(yield* Clock.currentTimeMillis)) return held.keys
      return yield* failure ?? new KeysUnavailable({ issuer, reason: "timeout" })
    })

  // A set that has aged out is used without asking only while its endpoint is not to be asked again.
  const holds: KeySource["holds"] = (key, nowMillis) =>
    (isFresh(nowMillis) || (isQuiet(nowMillis) && isUsable(nowMillis))) && held?.keys.includes(key) === true

  return { keys, keysNow, holds }
}
