import { describe, expect, it } from "vitest"
import { makeAttempts } from "../src/attempts.ts"

describe("counted attempts", () => {
  it("close a name for the rest of the window, and open it afterwards", () => {
    const attempts = makeAttempts({ limit: 2, windowSeconds: 60 })
    attempts.failed("a", 100)
    expect(attempts.wait("a", 100)).toBe(0)
    attempts.failed("a", 110)
    expect([attempts.wait("a", 110), attempts.wait("a", 159), attempts.wait("a", 160)]).toEqual([50, 1, 0])
    expect(attempts.wait("b", 110)).toBe(0)
    attempts.failed("a", 160)
    expect(attempts.wait("a", 160)).toBe(0)
  })

  it("hold a bounded number of names: the oldest leaves", () => {
    const attempts = makeAttempts({ limit: 1, windowSeconds: 60, maximum: 2 })
    for (const name of ["a", "b", "c"]) attempts.failed(name, 0)
    expect(["a", "b", "c"].map((name) => attempts.wait(name, 0))).toEqual([0, 60, 60])
  })
})
