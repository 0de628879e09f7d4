import { makeExpiry } from "./expiry.ts"

interface Expiring {
  readonly expiresAt: number
}

/** What is kept under a key until it expires. */
export interface Table<A extends Expiring> {
  readonly size: () => number
  /** One that has not expired. */
  readonly find: (key: string, now: number) => A | undefined
  /** Adds one under a key that is free. */
  readonly add: (value: A) => void
  /** Puts one in the place of what has its key, or adds it. */
  readonly put: (value: A) => void
  readonly remove: (key: string) => A | undefined
  /** The one that was added before all others. */
  readonly oldest: () => A | undefined
  /** Removes what has expired, at most so many, and tells of each; how many those were. */
  readonly purge: (now: number, limit: number, onRemoved?: (value: A) => void) => number
}

/** Makes an empty table; no change is made by halves. */
export const makeTable = <A extends Expiring>(keyOf: (value: A) => string): Table<A> => {
  const rows = new Map<string, A>()
  const expiry = makeExpiry<A>((value) => (rows.get(keyOf(value)) === value ? value.expiresAt : undefined))

  const put = (value: A): void => {
    const key = keyOf(value)
    const isNew = !rows.has(key)
    rows.set(key, value)
    expiry.add(value)
    if (!isNew) expiry.left()
  }

  return {
    size: () => rows.size,
    find: (key, now) => {
      const found = rows.get(key)
      return found !== undefined && found.expiresAt > now ? found : undefined
    },
    add(value) {
      if (rows.has(keyOf(value))) throw new Error("the key is taken")
      put(value)
    },
    put,
    remove(key) {
      const found = rows.get(key)
      if (found === undefined) return undefined
      rows.delete(key)
      expiry.left()
      return found
    },
    oldest: () => rows.values().next().value,
    purge(now, limit, onRemoved) {
      const expired = expiry.take(now, limit)
      for (const value of expired) {
        rows.delete(keyOf(value))
        onRemoved?.(value)
      }
      return expired.length
    }
  }
}
