import { MAXIMUM_COUNTED_NAMES } from "./limits.ts"

/** Counts failures by name within a window; what it holds is bounded. */
export interface Attempts {
  /** Seconds until the name may try again; 0 when it may now. */
  readonly wait: (name: string, now: number) => number
  readonly failed: (name: string, now: number) => void
  /** Takes one failure back: nobody judged the attempt. */
  readonly withdrawn: (name: string, now: number) => void
  readonly succeeded: (name: string) => void
}

/**
 * `limit` failures within `windowSeconds` close a name until the window of its first failure ends. At most `maximum` names are held: the
 * oldest leaves first.
 */
export const makeAttempts = (options: {
  readonly limit: number
  readonly windowSeconds: number
  readonly maximum?: number
}): Attempts => {
  const { limit, windowSeconds, maximum = MAXIMUM_COUNTED_NAMES } = options
  const held = new Map<string, { readonly since: number; readonly count: number }>()
  const current = (name: string, now: number) => {
    const entry = held.get(name)
    return entry !== undefined && now < entry.since + windowSeconds ? entry : undefined
  }
  return {
    wait(name, now) {
      const entry = current(name, now)
      return entry !== undefined && entry.count >= limit ? entry.since + windowSeconds - now : 0
    },
    failed(name, now) {
      const entry = current(name, now)
      if (entry === undefined) held.delete(name)
      held.set(name, { since: entry?.since ?? now, count: (entry?.count ?? 0) + 1 })
      if (held.size <= maximum) return
      const [oldest] = held.keys()
      if (oldest !== undefined) held.delete(oldest)
    },
    withdrawn(name, now) {
      const entry = current(name, now)
      if (entry !== undefined) held.set(name, { since: entry.since, count: entry.count - 1 })
    },
    succeeded(name) {
      held.delete(name)
    }
  }
}
