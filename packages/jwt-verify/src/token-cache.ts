import { makeDice } from "@postern/bytes"

/** How many verified tokens are remembered, and how long. */
export interface TokenCacheOptions {
  /** 10,000 unless told; one needs about 1 kB. */
  readonly maximumEntries?: number
  /** After so many seconds a token is verified as if it had never been seen; 300 unless told. */
  readonly maximumAgeSeconds?: number
}

/** What is remembered of a token beside what its verification gave. */
export interface Mortal {
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** A bounded store of verified tokens, keyed by their whole text. Why by nothing shorter: docs/decisions/0006. */
export interface TokenCache<A extends Mortal> {
  readonly find: (text: string, now: number) => A | undefined
  /** The text is kept as it is given: one that was cut out of a longer one keeps that alive. */
  readonly add: (text: string, value: A, now: number) => void
}

/**
 * Longer tokens are not remembered: they bound what an entry weighs, and V8 hashes a text of more than 16383 characters by
 * its length alone, so that all of one length would share one bucket.
 */
export const maximumRememberedLength = 8192

// How many entries are looked at when one has to go.
const CANDIDATES = 4

interface Entry<A> {
  readonly text: string
  readonly value: A
  readonly addedAt: number
}

/**
 * Makes a store. When it is full, a new entry takes the place of one that is over, looked for among a few at random, or
 * else of one at random: with more tokens than places the rate of hits falls in proportion, where a store that drops the
 * oldest would fall to none. Times are seconds since 1970.
 */
export const makeTokenCache = <A extends Mortal>({
  maximumAgeSeconds,
  maximumEntries
}: Required<TokenCacheOptions>): TokenCache<A> => {
  const slots: Array<Entry<A>> = []
  const places = new Map<string, number>()
  const roll = makeDice()

  // An entry from the future was made before the clock was set back: its age says nothing.
  const isYoung = (entry: Entry<A>, now: number) => now >= entry.addedAt && now - entry.addedAt <= maximumAgeSeconds

  const placeToFree = (now: number): number => {
    let place = 0
    for (let candidate = 0; candidate < CANDIDATES; candidate++) {
      place = roll(maximumEntries)
      const entry = slots[place]
      if (entry === undefined || !isYoung(entry, now) || entry.value.expiresAt <= now) return place
    }
    return place
  }

  const find = (text: string, now: number) => {
    if (text.length > maximumRememberedLength) return undefined
    const place = places.get(text)
    const entry = place === undefined ? undefined : slots[place]
    return entry !== undefined && isYoung(entry, now) ? entry.value : undefined
  }

  const add = (text: string, value: A, now: number) => {
    if (text.length > maximumRememberedLength) return
    const place = places.get(text) ?? (slots.length < maximumEntries ? slots.length : placeToFree(now))
    const gone = slots[place]
    if (gone !== undefined) places.delete(gone.text)
    // Whole seconds take less memory; rounded down, so that an entry is never held younger than it is.
    slots[place] = { text, value, addedAt: Math.floor(now) }
    places.set(text, place)
  }

  return { find, add }
}
