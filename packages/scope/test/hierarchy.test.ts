import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  emptyHierarchy,
  HierarchyCyclic,
  isSubset,
  makeHierarchy,
  ScopeMalformed,
  type ScopeHierarchy,
  type ScopeSet
} from "@postern/scope"

const set = (...tokens: ReadonlyArray<string>): ScopeSet => new Set(tokens)

const build = (implies: Readonly<Record<string, ReadonlyArray<string>>>): ScopeHierarchy =>
  Result.getOrThrow(makeHierarchy(implies))

const cycleOf = (implies: Readonly<Record<string, ReadonlyArray<string>>>): ReadonlyArray<string> => {
  const made = makeHierarchy(implies)
  if (Result.isSuccess(made) || !(made.failure instanceof HierarchyCyclic)) throw new Error("expected a cycle")
  return made.failure.cycle
}

describe("a hierarchy", () => {
  const notes = build({ "notes:admin": ["notes:write"], "notes:write": ["notes:read"] })

  it("expands what was granted by everything that it implies", () => {
    expect([...notes.expand(set("notes:admin", "x"))]).toEqual(["notes:admin", "x", "notes:write", "notes:read"])
    expect([...notes.expand(set("notes:read"))]).toEqual(["notes:read"])
    expect([...notes.expand(set())]).toEqual([])
  })

  it("covers downwards and never upwards", () => {
    expect(notes.covers(set("notes:admin"), set("notes:read"))).toBe(true)
    expect(notes.covers(set("notes:read"), set("notes:admin"))).toBe(false)
    expect(notes.covers(set("notes:read"), set())).toBe(true)
  })

  it("names what is missing in the order of what is needed", () => {
    expect([...notes.missing(set("notes:write"), set("z", "notes:admin", "notes:read"))]).toEqual(["z", "notes:admin"])
  })

  it("joins what is reached in several ways", () => {
    const diamond = build({ top: ["left", "right"], left: ["bottom"], right: ["bottom"] })
    expect([...diamond.expand(set("top"))]).toEqual(["top", "left", "right", "bottom"])
  })

  it("does not follow later changes of what it was made from", () => {
    const implies = { admin: ["write"] }
    const made = build(implies)
    implies.admin.push("everything")
    expect([...made.expand(set("admin"))]).toEqual(["admin", "write"])
  })

  it("refuses cycles by name, and is right and linear for a chain of 10,000 and for __proto__", () => {
    expect(cycleOf({ a: ["b"], b: ["a"] })).toEqual(["a", "b", "a"])
    expect(cycleOf({ a: ["a"] })).toEqual(["a", "a"])
    expect(cycleOf({ start: ["x"], x: ["y", "z"], z: ["x"] })).toEqual(["x", "z", "x"])

    const chain = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`s${at}`, [`s${at + 1}`]]))
    const deep = build(chain)
    expect(deep.expand(set("s0")).size).toBe(10_001)
    expect(deep.covers(set("s0"), set("s10000"))).toBe(true)
    expect(deep.covers(set("s1"), set("s0"))).toBe(false)
    expect(cycleOf({ ...chain, s10000: ["s0"] })).toHaveLength(10_002)

    const proto = build(JSON.parse('{"__proto__":["constructor"],"constructor":["toString"]}'))
    expect([...proto.expand(set("__proto__"))]).toEqual(["__proto__", "constructor", "toString"])
    expect([...proto.expand(set("hasOwnProperty"))]).toEqual(["hasOwnProperty"])
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined()
  })

  it("knows no wildcard where no hierarchy is configured", () => {
    for (const granted of ["files:*", "*", "files"]) {
      expect(emptyHierarchy.covers(set(granted), set("files:read"))).toBe(false)
      expect([...emptyHierarchy.missing(set(granted), set("files:read"))]).toEqual(["files:read"])
    }
    expect(emptyHierarchy.covers(set("files:read"), set("files:read"))).toBe(true)
  })

  it("refuses names that are no scope tokens", () => {
    for (const implies of [{ "a b": ["c"] }, { a: ["b", 'c"'] }, { "": ["a"] }]) {
      const made = makeHierarchy(implies)
      expect(Result.isFailure(made) && made.failure).toBeInstanceOf(ScopeMalformed)
    }
  })

  it("says its cycle in one sentence, shortened when it is long", () => {
    const short = makeHierarchy({ a: ["b"], b: ["a"] })
    expect(Result.isFailure(short) && short.failure).toMatchObject({
      _tag: "HierarchyCyclic",
      kind: "rejection",
      spec: "MCP Authorization section Step-Up Authorization Flow",
      message: "the scope hierarchy has a cycle: a implies b implies a"
    })
    const long = makeHierarchy(
      Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`s${at}`, [`s${(at + 1) % 1000}`]]))
    )
    expect(Result.isFailure(long) && long.failure.message.length).toBeLessThan(200)
  })

  it("finds a cycle exactly when there is one, and its closure is closed", () => {
    const names = ["a", "b", "c", "d", "e"] as const
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), fc.array(fc.constantFrom(...names), { maxLength: 3 })),
        (implies) => {
          const made = makeHierarchy(implies)
          if (Result.isFailure(made)) {
            const cycle = made.failure instanceof HierarchyCyclic ? made.failure.cycle : []
            expect(cycle.length).toBeGreaterThan(1)
            expect(cycle.at(0)).toBe(cycle.at(-1))
            for (const [at, scope] of cycle.slice(1).entries()) expect(implies[cycle[at]!]).toContain(scope)
            return
          }
          for (const name of names) {
            const expanded = made.success.expand(set(name))
            for (const scope of expanded) expect(isSubset(set(...(implies[scope] ?? [])), expanded)).toBe(true)
            // No cycle: nothing that a scope implies implies it back.
            for (const implied of implies[name] ?? []) expect(made.success.expand(set(implied)).has(name)).toBe(false)
          }
        }
      )
    )
  })

  it("reads every implication once when it is built and once when it is asked", () => {
    let read = 0
    const counted = (...scopes: ReadonlyArray<string>): ReadonlyArray<string> =>
      new Proxy(scopes, {
        get: (target, key, receiver) => {
          if (typeof key === "string" && /^\d+$/.test(key)) read++
          return Reflect.get(target, key, receiver)
        }
      })
    // Every scope of a layer implies every scope of the next: 2^20 paths, 80 implications.
    const layers = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) =>
        [`l${at}`, `r${at}`].map((from) => [from, counted(`l${at + 1}`, `r${at + 1}`)])
      ).flat()
    )
    const made = build(layers)
    expect(read).toBe(80)
    expect(made.expand(set("l0", "r0")).size).toBe(42)
  })

  it("has its types written out", () => {
    expectTypeOf(makeHierarchy).returns.toEqualTypeOf<Result.Result<ScopeHierarchy, HierarchyCyclic | ScopeMalformed>>()
    expectTypeOf<ScopeHierarchy["expand"]>().returns.toEqualTypeOf<ScopeSet>()
    expectTypeOf<HierarchyCyclic["cycle"]>().toEqualTypeOf<ReadonlyArray<string>>()
  })
})
