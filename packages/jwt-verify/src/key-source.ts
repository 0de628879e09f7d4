import { parseJson } from "@postern/metadata"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { Algorithm } from "./algorithm.ts"
import type { SignedBy } from "./header.ts"
import { importKeys, parseKeySet, type PublicKey, selectKey, type VerificationKey } from "./key-set.ts"
import { KeysUnavailable } from "./rejections.ts"

/** Where the keys of one issuer come from. `keys` may answer with a set that has no key for this header. */
export interface KeySource {
  readonly keys: (signedBy: SignedBy) => Effect.Effect<ReadonlyArray<VerificationKey>, KeysUnavailable>
}

/** Fetches a key set: redirects are not followed, and the text is bounded by who reads it. */
export type FetchKeys = (url: string) => Effect.Effect<{ readonly status: number; readonly text: string }, unknown>

/** How long fetched keys are used and how often they are asked for; all in seconds. */
export interface KeyCache {
  /** A set younger than this is used without asking; 600 unless told. */
  readonly maxAgeSeconds?: number
  /** The pause after a fetch that failed, or that was made for a `kid` that is not in the set; 30 unless told. */
  readonly cooldownSeconds?: number
  /** While the endpoint fails, the last good set is used up to this age, then none; 3600 unless told. */
  readonly maxStaleSeconds?: number
  /** A fetch that lasts longer has failed; 10 unless told. */
  readonly fetchTimeoutSeconds?: number
}

/** The most characters of a key set that are read. */
export const maximumKeySetLength = 65_536

/** Keys that stand in the configuration. */
export const fixedKeys = (keys: ReadonlyArray<PublicKey>): KeySource => {
  let imported: ReadonlyArray<VerificationKey> | undefined
  return {
    keys: () =>
      Effect.suspend(() =>
        imported
          ? Effect.succeed(imported)
          : Effect.tap(importKeys(keys), (made) => Effect.sync(() => (imported = made)))
      )
  }
}

interface RemoteOptions {
  readonly issuer: string
  readonly url: string
  readonly fetch: FetchKeys
  readonly algorithms: ReadonlyArray<Algorithm>
  readonly cache: Required<KeyCache>
}

const fetchKeys = ({ algorithms, cache, fetch, issuer, url }: RemoteOptions) =>
  Effect.gen(function* () {
    const unavailable = (reason: KeysUnavailable["reason"], cause?: unknown) =>
      new KeysUnavailable(cause === undefined ? { issuer, reason } : { issuer, reason, cause })
    const { status, text } = yield* fetch(url).pipe(
      Effect.mapError((cause) => unavailable("network", cause)),
      Effect.timeoutOrElse({
        duration: cache.fetchTimeoutSeconds * 1000,
        orElse: () => Effect.fail(unavailable("timeout"))
      })
    )
    if (status !== 200) return yield* unavailable("status")
    if (text.length > maximumKeySetLength) return yield* unavailable("too-large")
    const json = parseJson(text)
    const keys = Result.isSuccess(json) ? parseKeySet(json.success, { algorithms }) : undefined
    if (keys === undefined) return yield* unavailable("malformed")
    return yield* importKeys(keys)
  })

/**
 * Keys behind a URL. One fetch runs at a time whoever asks; a new set replaces the old one only when it has been read
 * whole; a `kid` that the set does not have makes at most one fetch in each cool-down.
 */
export const remoteKeys = (options: RemoteOptions): KeySource => {
  const { cache } = options
  const oneAtATime = Semaphore.makeUnsafe(1)
  let held: { readonly keys: ReadonlyArray<VerificationKey>; readonly fetchedAt: number } | undefined
  let failure: KeysUnavailable | undefined
  let quietUntil = -Infinity

  const isFresh = (now: number) => held !== undefined && now - held.fetchedAt < cache.maxAgeSeconds * 1000
  const has = (signedBy: SignedBy) => held !== undefined && Result.isSuccess(selectKey(held.keys, signedBy))
  const isEnough = (now: number, signedBy: SignedBy) => isFresh(now) && has(signedBy)

  const refresh = (signedBy: SignedBy) =>
    Effect.gen(function* () {
      // Whoever waited for the permit finds what the one before it fetched.
      const now = yield* Clock.currentTimeMillis
      if (isEnough(now, signedBy) || now < quietUntil) return
      const isForUnknownKey = isFresh(now)
      const fetched = yield* Effect.result(fetchKeys(options))
      if (Result.isSuccess(fetched)) held = { keys: fetched.success, fetchedAt: now }
      failure = Result.isFailure(fetched) ? fetched.failure : undefined
      if (failure !== undefined || isForUnknownKey || !has(signedBy)) quietUntil = now + cache.cooldownSeconds * 1000
      if (failure !== undefined) yield* Effect.logWarning(failure.message)
    })

  const keys: KeySource["keys"] = (signedBy) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      if (!isEnough(now, signedBy) && now >= quietUntil) yield* oneAtATime.withPermit(refresh(signedBy))
      if (held !== undefined && now - held.fetchedAt < cache.maxStaleSeconds * 1000) return held.keys
      return yield* failure ?? new KeysUnavailable({ issuer: options.issuer, reason: "network" })
    })

  return { keys }
}
