import { makeDice } from "@postern/bytes"
import { expect, it } from "vitest"

const roll = (sides: number, times: number) => {
  const dice = makeDice()
  return Array.from({ length: times }, () => dice(sides))
}

it("falls on each side about as often as on the others, and on no other", () => {
  for (const sides of [2, 6, 10, 100]) {
    const counts = Array.from({ length: sides }, () => 0)
    for (const side of roll(sides, sides * 1000)) counts[side] = (counts[side] ?? Number.NaN) + 1
    expect(counts).toHaveLength(sides)
    for (const count of counts) {
      expect(count).toBeGreaterThan(800)
      expect(count).toBeLessThan(1200)
    }
  }
  expect(new Set(roll(1, 100))).toEqual(new Set([0]))
})

it("does not come round again soon", () => {
  expect(new Set(roll(2 ** 32, 100_000)).size).toBe(100_000)
})

it("falls alike each time that it is made", () => {
  expect(roll(1000, 50)).toEqual(roll(1000, 50))
})
