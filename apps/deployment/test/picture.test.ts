import { expect, it } from "vitest"
import type { Ledger } from "../src/ledger.ts"
import { draw } from "../src/picture.ts"

const ledger: Ledger = {
  begin: () => undefined,
  count: () => undefined,
  mark: () => undefined,
  answered: () => undefined,
  counts: { login: 1, "login begun again": 0, refresh: 3, "refresh repeated": 1, "logged out": 0 },
  happenings: [{ at: 950, what: "refresh repeated" }],
  marks: [
    { at: 500, instance: "A", what: "killed" },
    { at: 700, instance: "A", what: "listens" }
  ],
  answers: [
    { at: 100, instance: "A" },
    { at: 990, instance: "B" },
    { at: 991, instance: "B" }
  ],
  elapsed: () => 1000
}

it("shows when each instance answered, was killed and came back, and what went wrong", () => {
  // 20 columns of 50 milliseconds.
  const [a, b, repeated, again, out] = draw(ledger, ["A", "B"], 50).split("\n")
  expect(a).toBe("A                   ▄       ✗   ↑            1")
  expect(b).toBe("B                                    █       2")
  expect(repeated).toBe("refresh repeated                     █       1")
  expect(again).toBe("login begun again                            0")
  expect(out).toBe("logged out                                   0")
})
