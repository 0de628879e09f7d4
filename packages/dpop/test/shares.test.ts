import { expect, it } from "vitest"
import { makeShares } from "../src/shares.ts"

const takeAll = (shares: ReturnType<typeof makeShares>, key: string, free: number): number => {
  let taken = 0
  while (shares.take(key, free - taken)) taken++
  return taken
}

it("gives a key that is alone a fifth, and one place to each key while there is one", () => {
  for (const [places, share] of [
    [0, 0],
    [1, 1],
    [5, 1],
    [6, 2],
    [10, 2],
    [50, 10],
    [100_000, 20_000]
  ] as const) {
    expect(takeAll(makeShares(), "a", places), `${places}`).toBe(share)
  }
  const shares = makeShares()
  expect([3, 2, 1, 0].map((free) => shares.take(`${free}`, free))).toEqual([true, true, true, false])
})

it("gives the place of what has expired back to its own key, and counts no key that has none", () => {
  const shares = makeShares()
  expect(takeAll(shares, "a", 50)).toBe(10)
  shares.giveBack("b")
  expect(shares.take("a", 40)).toBe(false)
  shares.giveBack("a")
  expect(shares.take("a", 41)).toBe(true)
  for (let each = 0; each < 10; each++) shares.giveBack("a")
  expect(shares.keys()).toBe(0)
  for (let key = 0; key < 10_000; key++) {
    expect(shares.take(`${key}`, 50)).toBe(true)
    shares.giveBack(`${key}`)
  }
  expect(shares.keys()).toBe(0)
})
