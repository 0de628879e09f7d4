import { type Cipher, generateKeyPair, randomText } from "@postern/bytes"
import { parseJson } from "@postern/metadata"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import { RING_COOL_DOWN_SECONDS } from "../limits.ts"
import { nowSeconds } from "../now.ts"
import { type KeyRing, type Store, StoreFailed, type StoredKey } from "../store.ts"
import { importPair } from "./fixed-keys.ts"
import { type KeySet, publish, type ReadyKey, type SigningAlgorithm } from "./key-set.ts"
import {
  latestKey,
  neededFrom,
  publishedKeys,
  type RingPolicy,
  rotationOf,
  signingKeyOf,
  withKey,
  withoutKey
} from "./ring.ts"
import { open, seal } from "./seal.ts"

/** The key that a rotation lets sign: `signsFrom` is in seconds since 1970. */
export type NextKey = Pick<StoredKey, "kid" | "signsFrom">

/** What an operator does with keys that the server makes itself. */
export interface KeyRingCommands {
  /** Lets another key sign, as soon as it was published for long enough, and says which one and when. */
  readonly rotate: Effect.Effect<NextKey, StoreFailed>
  /** Takes a key out at once: no token of it is good any longer. `Unknown`: there is no such key, and nothing changed. */
  readonly withdraw: (kid: string) => Effect.Effect<"Withdrawn" | "Unknown", StoreFailed>
}

/** A key set that is kept in the store, and changes. */
export interface RingKeys extends KeySet, KeyRingCommands {}

/** What a ring is kept with. */
export interface RingKeysOptions {
  readonly store: Pick<Store, "findKeyRing" | "saveKeyRing">
  /** The first one encrypts, all decrypt. */
  readonly encryptionKeys: ReadonlyArray<Cipher>
  readonly algorithm: SigningAlgorithm
  readonly policy: RingPolicy
  /** How old a copy of the ring may be, in seconds: as late does this process notice what another one changed. */
  readonly refreshAfter: number
}

interface Held {
  readonly ring: KeyRing
  readonly readAt: number
}

// Two processes that start together save one ring: the other one reads it. More than a few in a row is no coincidence.
const TRIES = 5

const purposeOf = (kid: string): string => `postern signing key ${kid}`

/** Keeps keys in the store, encrypted; makes one where there is none, and the next one in time. */
export const makeRingKeys = (options: RingKeysOptions): RingKeys => {
  const { store, encryptionKeys, algorithm, policy } = options
  const ready = new Map<string, ReadyKey>()
  const one = Semaphore.makeUnsafe(1)
  let held: Held | undefined

  const makeKey = Effect.fnUntraced(function* (signsFrom: number, now: number) {
    const [encryptionKey] = encryptionKeys
    if (encryptionKey === undefined) return yield* Effect.die(new Error("a ring needs an encryption key"))
    const kid = yield* randomText(16)
    const { privateJwk, publicJwk } = yield* generateKeyPair(algorithm)
    const sealedPrivateKey = yield* seal(encryptionKey, purposeOf(kid), JSON.stringify(privateJwk))
    return { kid, alg: algorithm, publicJwk, sealedPrivateKey, createdAt: now, signsFrom } satisfies StoredKey
  })

  const save = (ring: KeyRing | undefined, keys: ReadonlyArray<StoredKey>) =>
    Effect.map(store.saveKeyRing({ expected: ring?.version ?? 0, keys }), (outcome) => outcome === "Saved")

  /** Reads the ring and changes it until nobody was faster; what `change` leaves alone is not written. */
  const update = Effect.fnUntraced(function* (
    change: (
      keys: ReadonlyArray<StoredKey>,
      now: number
    ) => Effect.Effect<ReadonlyArray<StoredKey> | undefined, StoreFailed>
  ) {
    for (let tries = 0; tries < TRIES; tries++) {
      const now = yield* nowSeconds
      const ring = yield* store.findKeyRing
      const keys = yield* change(ring?.keys ?? [], now)
      if (keys === undefined) return { ring: ring ?? { version: 0, keys: [] }, readAt: now } satisfies Held
      if (yield* save(ring, keys)) {
        return { ring: { version: (ring?.version ?? 0) + 1, keys }, readAt: now } satisfies Held
      }
    }
    return yield* new StoreFailed({ operation: "saveKeyRing", cause: "the key ring changed each time it was written" })
  })

  /** The first ring, and the next key in time. */
  const tend = update((keys, now) =>
    Effect.gen(function* () {
      const from = neededFrom(keys, policy, now)
      return from === undefined ? undefined : withKey(keys, yield* makeKey(from, now), policy, now)
    })
  )

  const isFresh = (now: number): boolean =>
    held !== undefined && now < held.readAt + options.refreshAfter && now >= held.readAt

  /** As if it had been read so long ago that it is due in a moment. */
  const retryAt = (now: number): number => now - options.refreshAfter + RING_COOL_DOWN_SECONDS

  const ring = Effect.gen(function* () {
    const now = yield* nowSeconds
    if (held !== undefined && isFresh(now)) return held.ring
    return yield* one.withPermits(1)(
      Effect.gen(function* () {
        if (held !== undefined && isFresh(now)) return held.ring
        const before = held
        const read = yield* tend.pipe(
          // A store that is down takes nothing with it that needs nothing else of it, and is not asked by each request.
          Effect.catch((failure) =>
            before === undefined ? Effect.fail(failure) : Effect.succeed({ ring: before.ring, readAt: retryAt(now) })
          )
        )
        held = read
        return read.ring
      })
    )
  })

  const openKey = Effect.fnUntraced(function* (key: StoredKey) {
    const known = ready.get(key.kid)
    if (known !== undefined) return known
    const text = yield* open(encryptionKeys, purposeOf(key.kid), key.sealedPrivateKey)
    const privateJwk = text === undefined ? undefined : readJwk(text)
    const pair = privateJwk && (yield* importPair({ kid: key.kid, alg: key.alg, privateJwk }))
    // Nothing of the key is told.
    if (!pair) return yield* new StoreFailed({ operation: "openKey", cause: "no encryption key opens the signing key" })
    ready.set(key.kid, pair.ready)
    return pair.ready
  })

  const findSigning = Effect.gen(function* () {
    const { keys } = yield* ring
    const key = signingKeyOf(keys, yield* nowSeconds)
    return key === undefined
      ? yield* new StoreFailed({ operation: "findKeyRing", cause: "no key signs now" })
      : yield* openKey(key)
  })

  return {
    signing: Effect.flatMap(nowSeconds, (now) => {
      // As a rule both are at hand.
      const key = held !== undefined && isFresh(now) ? signingKeyOf(held.ring.keys, now) : undefined
      const opened = key && ready.get(key.kid)
      return opened === undefined ? findSigning : Effect.succeed(opened)
    }),
    published: Effect.gen(function* () {
      const { keys } = yield* ring
      return publishedKeys(keys, yield* nowSeconds).map(publish)
    }),
    rotate: one.withPermits(1)(
      Effect.gen(function* () {
        held = yield* update((keys, now) =>
          Effect.gen(function* () {
            const rotation = rotationOf(keys, policy, now)
            if ("keys" in rotation) return rotation.keys
            return withKey(keys, yield* makeKey(rotation.madeFrom, now), policy, now)
          })
        )
        const next = latestKey(held.ring.keys)
        if (next === undefined) return yield* Effect.die(new Error("a ring was rotated and has no key"))
        return { kid: next.kid, signsFrom: next.signsFrom }
      })
    ),
    withdraw: (kid) =>
      one.withPermits(1)(
        Effect.gen(function* () {
          let isKnown = false
          held = yield* update((keys, now) =>
            Effect.gen(function* () {
              isKnown = keys.some((key) => key.kid === kid)
              if (!isKnown) return undefined
              const rest = withoutKey(keys, kid, policy, now)
              const from = neededFrom(rest, policy, now)
              return from === undefined ? rest : withKey(rest, yield* makeKey(from, now), policy, now)
            })
          )
          ready.delete(kid)
          return isKnown ? "Withdrawn" : "Unknown"
        })
      )
  }
}

/** The members of a JWK that we wrote ourselves. */
const readJwk = (text: string): Readonly<Record<string, string>> | undefined => {
  const json = parseJson(text)
  if (Result.isFailure(json) || typeof json.success !== "object" || json.success === null) return undefined
  return Object.fromEntries(
    Object.entries(json.success).flatMap(([name, value]: [string, unknown]) =>
      typeof value === "string" ? [[name, value]] : []
    )
  )
}
