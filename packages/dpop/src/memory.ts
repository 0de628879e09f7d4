import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { makeExpiries } from "./expiries.ts"
import { ConfigurationInvalid } from "./rejections.ts"

/** Remembers which proofs were used (RFC 9449 section 11.1). Several instances of a server share one. */
export interface ProofMemory {
  /**
   * Remembers `id` (at most 108 letters, digits and `-._~`) until `expiresAt`, in seconds since 1970. Atomic: of many callers with one id exactly
   * one gets `"new"`. `"full"` where nothing more can be remembered: what has not expired is never forgotten instead.
   */
  readonly remember: (id: string, expiresAt: number) => Effect.Effect<"new" | "seen" | "full", unknown>
}

/** What bounds a memory. */
export interface ProofMemoryOptions {
  /** How many proofs are remembered at most; 100,000 unless told, 10,000,000 at most. */
  readonly maximumEntries?: number
}

const MOST = 10_000_000

/** Makes a memory inside this process; throws {@link ConfigurationInvalid} for options that are wrong or not known. */
export const makeProofMemory = (options: ProofMemoryOptions = {}): ProofMemory => {
  const { maximumEntries = 100_000, ...others } = options
  for (const key of Object.keys(others)) throw new ConfigurationInvalid({ key, reason: "there is no such option" })
  if (!Number.isInteger(maximumEntries) || maximumEntries < 1 || maximumEntries > MOST) {
    throw new ConfigurationInvalid({ key: "maximumEntries", reason: `it is a whole number from 1 to ${MOST}` })
  }
  const ids = new Set<string>()
  const expiries = makeExpiries()
  const forgetExpired = (now: number): void => {
    // Two for each one that enters: what expired is soon gone, and no request pays for a long list.
    for (let removed = 0; removed < 2; removed++) {
      const id = expiries.takeExpired(now)
      if (id === undefined) return
      ids.delete(id)
    }
  }
  // Nothing waits between the look and the entry, so that two callers cannot both be the first.
  const remember = (id: string, expiresAt: number, now: number): "new" | "seen" | "full" => {
    forgetExpired(now)
    if (ids.has(id)) return "seen"
    if (ids.size >= maximumEntries) return "full"
    ids.add(id)
    expiries.add(id, expiresAt)
    return "new"
  }
  return {
    remember: (id, expiresAt) => Effect.map(Clock.currentTimeMillis, (millis) => remember(id, expiresAt, millis / 1000))
  }
}
