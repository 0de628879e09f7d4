/** How many places each key has, so that none takes them all. */
export interface Shares {
  /** Takes a place for the key, of so many that are free; `false` when it has its share already. */
  readonly take: (key: string, free: number) => boolean
  readonly giveBack: (key: string) => void
  /** How many keys have a place. */
  readonly keys: () => number
}

/**
 * Makes the count. A key with a place takes another while it has less than a quarter as many as are free: one that floods gets
 * a fifth of all, and of `n` that flood each gets one part in `n + 4`. Four such parts are left however many they are, and who
 * comes then gets a fifth of these.
 */
export const makeShares = (): Shares => {
  const held = new Map<string, number>()
  return {
    take: (key, free) => {
      const places = held.get(key) ?? 0
      if (free < 1 || (places > 0 && places * 4 >= free)) return false
      held.set(key, places + 1)
      return true
    },
    giveBack: (key) => {
      const places = held.get(key) ?? 0
      if (places > 1) held.set(key, places - 1)
      else held.delete(key)
    },
    keys: () => held.size
  }
}
