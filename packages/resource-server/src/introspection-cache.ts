import { makeDice } from "@postern/bytes"
import type { VerifiedToken } from "@postern/jwt-verify"

/** What was said about tokens, for as long as it is relied on. Facts alone: no decision about a request is kept. */
export interface IntrospectionCache {
  readonly find: (token: string, nowMillis: number) => VerifiedToken | undefined
  readonly add: (token: string, facts: VerifiedToken, askedAtMillis: number) => void
  readonly forget: (token: string) => void
}

/** How long and how many. */
export interface IntrospectionCacheOptions {
  readonly maximumCacheSeconds: number
  readonly maximumCacheEntries: number
}

// V8 hashes a text of more than 16,383 characters by its length alone; a token of half of that is one already.
const MAXIMUM_LENGTH = 8192

interface Entry {
  readonly token: string
  readonly facts: VerifiedToken
  readonly from: number
  readonly until: number
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

// A text that was cut out of a header keeps all of that header alive.
const own = (text: string): string => decoder.decode(encoder.encode(text))

/**
 * Keyed by the whole token, which nobody can choose so that it meets another's. When it is full, one at random leaves: with
 * more tokens than places the hits fall in proportion, where dropping the oldest would leave none.
 */
export const makeIntrospectionCache = (options: IntrospectionCacheOptions): IntrospectionCache => {
  const { maximumCacheEntries, maximumCacheSeconds } = options
  const roll = makeDice()
  const entries: Array<Entry> = []
  const places = new Map<string, number>()

  const put = (entry: Entry, place: number): void => {
    entries[place] = entry
    places.set(entry.token, place)
  }

  const forget = (token: string): void => {
    const place = places.get(token)
    if (place === undefined) return
    places.delete(token)
    const last = entries.pop()
    if (last !== undefined && last.token !== token) put(last, place)
  }

  return {
    forget,
    find: (token, nowMillis) => {
      const place = places.get(token)
      const entry = place === undefined ? undefined : entries[place]
      if (entry === undefined) return undefined
      // Before `from` the clock has been set back, and the age says nothing.
      if (nowMillis >= entry.from && nowMillis < entry.until) return entry.facts
      forget(token)
      return undefined
    },
    add: (token, facts, askedAtMillis) => {
      forget(token)
      const until = Math.min(askedAtMillis + maximumCacheSeconds * 1000, facts.expiresAt * 1000)
      if (until <= askedAtMillis || token.length > MAXIMUM_LENGTH) return
      if (entries.length >= maximumCacheEntries) {
        const leaving = entries[roll(entries.length)]
        if (leaving !== undefined) forget(leaving.token)
      }
      put({ token: own(token), facts, from: askedAtMillis, until }, entries.length)
    }
  }
}
