/** Things in the order in which they expire, so that a purge reads little more than what it removes. */
export interface Expiry<A> {
  readonly add: (item: A) => void
  /** Something left before its time: what is waited for in vain must not outnumber what is there. */
  readonly left: () => void
  /** Takes what has expired, at most so many. */
  readonly take: (now: number, limit: number) => ReadonlyArray<A>
}

const FEW = 64

/**
 * Makes an empty one; `timeOf` says when a thing expires as of now, or `undefined` once it is gone. It is a binary heap: a thing
 * whose time was moved on is found at its old one, and waits again.
 */
export const makeExpiry = <A>(timeOf: (item: A) => number | undefined): Expiry<A> => {
  // Side by side, since a pair of each would be as large again.
  let items: Array<A> = []
  let times: Array<number> = []
  let gone = 0

  const timeAt = (index: number): number => times[index] ?? Infinity

  const itemAt = (index: number): A => {
    const item = items[index]
    if (item === undefined) throw new Error("there is nothing at this place")
    return item
  }

  /** Moves what is at one place to another. */
  const move = (from: number, to: number): void => {
    items[to] = itemAt(from)
    times[to] = timeAt(from)
  }

  const add = (item: A): void => {
    const time = timeOf(item)
    if (time === undefined) return
    let at = items.length
    // What is added expires last, as a rule.
    for (let above = (at - 1) >> 1; at > 0 && timeAt(above) > time; above = (at - 1) >> 1) {
      move(above, at)
      at = above
    }
    items[at] = item
    times[at] = time
  }

  const takeFirst = (): A => {
    const first = itemAt(0)
    const last = itemAt(items.length - 1)
    const time = timeAt(times.length - 1)
    items.pop()
    times.pop()
    if (items.length === 0) return first
    let at = 0
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const below = timeAt(right) < timeAt(left) ? right : left
      if (timeAt(below) >= time) break
      move(below, at)
      at = below
    }
    items[at] = last
    times[at] = time
    return first
  }

  return {
    add,
    left() {
      gone += 1
      if (gone < FEW || gone < items.length / 2) return
      const held = items
      items = []
      times = []
      gone = 0
      for (const item of held) add(item)
    },
    take(now, limit) {
      const taken: Array<A> = []
      while (taken.length < limit && timeAt(0) <= now) {
        const item = takeFirst()
        const time = timeOf(item)
        if (time === undefined) gone -= 1
        else if (time <= now) taken.push(item)
        else add(item)
      }
      return taken
    }
  }
}
