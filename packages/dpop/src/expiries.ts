interface Entry {
  readonly id: string
  readonly expiresAt: number
}

/** What expires first comes out first, whatever the order in which it came: a binary heap, logarithmic in what it holds. */
export interface Expiries {
  readonly add: (id: string, expiresAt: number) => void
  /** The id that expires first, taken out if it has expired at `now`. */
  readonly takeExpired: (now: number) => string | undefined
}

/** Makes an empty one. */
export const makeExpiries = (): Expiries => {
  // Each entry expires no later than its two children, which stand at 2i + 1 and 2i + 2.
  const heap: Array<Entry> = []
  const at = (index: number): number => heap[index]?.expiresAt ?? Number.POSITIVE_INFINITY

  const add = (id: string, expiresAt: number): void => {
    const entry = { id, expiresAt }
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || parent.expiresAt <= expiresAt) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = entry
  }

  const removeFirst = (): void => {
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const smaller = at(left + 1) < at(left) ? left + 1 : left
      const child = heap[smaller]
      if (child === undefined || child.expiresAt >= last.expiresAt) break
      heap[index] = child
      index = smaller
    }
    heap[index] = last
  }

  const takeExpired = (now: number): string | undefined => {
    const first = heap[0]
    if (first === undefined || first.expiresAt > now) return undefined
    removeFirst()
    return first.id
  }

  return { add, takeExpired }
}
