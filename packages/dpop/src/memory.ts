import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { makeExpiries } from "./expiries.ts"
import { ConfigurationInvalid } from "./rejections.ts"
import { makeShares } from "./shares.ts"

/** Remembers which proofs were used (RFC 9449 section 11.1). Several instances of a server share one. */
export interface ProofMemory {
  /**
   * Remembers `id` (at most 108 letters, digits and `-._~`) until `expiresAt`, in seconds since 1970. Atomic: of many callers
   * with one id exactly one gets `"new"`. `"full"` where nothing more can be remembered, at all or for this `key` (the
   * thumbprint of the key that made the proof): what has not expired is never forgotten instead.
   */
  readonly remember: (id: string, expiresAt: number, key: string) => Effect.Effect<"new" | "seen" | "full", unknown>
}

/** What bounds a memory. */
export interface ProofMemoryOptions {
  /**
   * How many proofs are remembered at most; 100,000 unless told, 10,000,000 at most. One key gets a fifth of them, and less
   * while others have many.
   */
  readonly maximumEntries?: number
}

const MOST = 10_000_000

// What one request lets go of at most before its key is told that it has its share; some milliseconds.
const MOST_AT_ONCE = 10_000

/** Makes a memory inside this process; throws {@link ConfigurationInvalid} for options that are wrong or not known. */
export const makeProofMemory = (options: ProofMemoryOptions = {}): ProofMemory => {
  const { maximumEntries = 100_000, ...others } = options
  for (const key of Object.keys(others)) throw new ConfigurationInvalid({ key, reason: "there is no such option" })
  if (!Number.isInteger(maximumEntries) || maximumEntries < 1 || maximumEntries > MOST) {
    throw new ConfigurationInvalid({ key: "maximumEntries", reason: `it is a whole number from 1 to ${MOST}` })
  }
  // Each id with the key whose place it has.
  const ids = new Map<string, string>()
  const shares = makeShares()
  const expiries = makeExpiries()
  const forgetExpired = (now: number): boolean => {
    const id = expiries.takeExpired(now)
    const key = id === undefined ? undefined : ids.get(id)
    if (id === undefined || key === undefined) return false
    ids.delete(id)
    shares.giveBack(key)
    return true
  }
  const takePlace = (key: string, now: number): boolean => {
    for (let removed = 0; !shares.take(key, maximumEntries - ids.size); removed++) {
      if (removed === MOST_AT_ONCE || !forgetExpired(now)) return false
    }
    return true
  }
  // Nothing waits between the look and the entry, so that two callers cannot both be the first.
  const remember = (id: string, expiresAt: number, key: string, now: number): "new" | "seen" | "full" => {
    // Two for each one that enters: what expired is soon gone, and no request pays for a long list.
    if (forgetExpired(now)) forgetExpired(now)
    if (ids.has(id)) return "seen"
    if (!takePlace(key, now)) return "full"
    ids.set(id, key)
    expiries.add(id, expiresAt)
    return "new"
  }
  return {
    remember: (id, expiresAt, key) =>
      Effect.map(Clock.currentTimeMillis, (millis) => remember(id, expiresAt, key, millis / 1000))
  }
}
