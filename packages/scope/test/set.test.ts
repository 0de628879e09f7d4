import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { difference, intersection, isSubset, type ScopeSet, union } from "@postern/scope"

const set = (...tokens: ReadonlyArray<string>): ScopeSet => new Set(tokens)
const anySet = fc.array(fc.constantFrom("a", "b", "c", "d", "A"), { maxLength: 6 }).map((tokens) => set(...tokens))

describe("sets", () => {
  it("keep the order in which tokens were first seen", () => {
    expect([...union(set("b", "a"), set("c", "a", "d"))]).toEqual(["b", "a", "c", "d"])
    expect([...intersection(set("c", "b", "a"), set("a", "c"))]).toEqual(["c", "a"])
    expect([...difference(set("c", "b", "a"), set("b"))]).toEqual(["c", "a"])
  })

  it("compare tokens exactly", () => {
    expect(isSubset(set("a"), set("A"))).toBe(false)
    expect(isSubset(set("files:read"), set("files:*"))).toBe(false)
    expect(isSubset(set(), set())).toBe(true)
  })

  it("obey the laws of sets and leave their arguments alone", () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const before = [...a]
        expect(isSubset(a, union(a, b)) && isSubset(b, union(a, b))).toBe(true)
        expect(isSubset(intersection(a, b), a) && isSubset(intersection(a, b), b)).toBe(true)
        expect(intersection(difference(a, b), b).size).toBe(0)
        expect(union(difference(a, b), intersection(a, b))).toEqual(a)
        expect(isSubset(a, b)).toBe(difference(a, b).size === 0)
        expect([...a]).toEqual(before)
      })
    )
  })
})
