/** Counts the authorizations of each resource and operation since the operation last worked. */
export interface Attempts {
  readonly count: (resource: string, operation: string) => number
  readonly add: (resource: string, operation: string) => void
  readonly clear: (resource: string, operation: string) => void
}

/** Holds at most `maximum` operations; beyond that the one counted first is forgotten. */
export const makeAttempts = (maximum = 1000): Attempts => {
  const counts = new Map<string, number>()
  const keyOf = (resource: string, operation: string) => JSON.stringify([resource, operation])
  return {
    count: (resource, operation) => counts.get(keyOf(resource, operation)) ?? 0,
    add: (resource, operation) => {
      const key = keyOf(resource, operation)
      counts.set(key, (counts.get(key) ?? 0) + 1)
      const [oldest] = counts.keys()
      if (counts.size > maximum && oldest !== undefined) counts.delete(oldest)
    },
    clear: (resource, operation) => void counts.delete(keyOf(resource, operation))
  }
}
