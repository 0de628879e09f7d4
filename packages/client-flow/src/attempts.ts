/** Counts the authorizations of each resource and operation since the operation last worked. */
export interface Attempts {
  /** The limit that the operation has reached; `undefined`: it may be authorized. */
  readonly limit: (resource: string, operation: string, now: number) => ReachedLimit | undefined
  readonly add: (resource: string, operation: string, now: number) => void
  readonly clear: (resource: string, operation: string) => void
}

/** Times are seconds since 1970. */
export interface ReachedLimit {
  readonly attempts: number
  /** When the operation may be authorized again. */
  readonly until: number
}

interface Counted extends ReachedLimit {
  /** The pause that a limit is followed by; it doubles with each. */
  readonly pause: number
}

const FIRST_PAUSE_SECONDS = 60
const LONGEST_PAUSE_SECONDS = 3600

/**
 * Lets an operation be authorized `allowed` times, then again after a minute, two, four, and so on to an hour, until it works.
 * Holds at most `maximum` operations; beyond that the one counted first is forgotten.
 */
export const makeAttempts = (allowed: number, maximum = 1000): Attempts => {
  const counts = new Map<string, Counted>()
  const keyOf = (resource: string, operation: string) => JSON.stringify([resource, operation])
  const isReached = ({ attempts, until }: Counted, now: number) => attempts >= allowed && now < until
  return {
    limit: (resource, operation, now) => {
      const counted = counts.get(keyOf(resource, operation))
      return counted && isReached(counted, now) ? counted : undefined
    },
    add: (resource, operation, now) => {
      const key = keyOf(resource, operation)
      const { attempts: before, pause } = counts.get(key) ?? { attempts: 0, pause: FIRST_PAUSE_SECONDS }
      // What is counted beyond the limit was let in after its pause.
      const attempts = before < allowed ? before + 1 : 1
      const reached = attempts === allowed
      counts.set(key, {
        attempts,
        until: now + pause,
        pause: reached ? Math.min(2 * pause, LONGEST_PAUSE_SECONDS) : pause
      })
      const [oldest] = counts.keys()
      if (counts.size > maximum && oldest !== undefined) counts.delete(oldest)
    },
    clear: (resource, operation) => void counts.delete(keyOf(resource, operation))
  }
}
