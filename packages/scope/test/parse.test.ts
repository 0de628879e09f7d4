import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { formatScope, isScopeToken, parseScope, type ScopeMalformed, type ScopeSet, scopeSet } from "@postern/scope"
import { growth } from "../../../tests/growth.ts"

const tokens = (text: string | undefined): ReadonlyArray<string> => [...Result.getOrThrow(parseScope(text))]

const problem = (result: Result.Result<ScopeSet, ScopeMalformed>) => {
  if (Result.isSuccess(result)) throw new Error("expected a rejection")
  return { reason: result.failure.reason, position: result.failure.position }
}

/** Any scope token of RFC 6749 section 3.3. */
const scopeToken = fc
  .array(
    fc.integer({ min: 0x21, max: 0x7e }).filter((code) => code !== 0x22 && code !== 0x5c),
    {
      minLength: 1,
      maxLength: 12
    }
  )
  .map((codes) => String.fromCharCode(...codes))

describe("a scope token", () => {
  it("is one or more of %x21 / %x23-5B / %x5D-7E, and nothing else", () => {
    for (let code = 0; code < 0x180; code++) {
      const allowed = code === 0x21 || (code >= 0x23 && code <= 0x5b) || (code >= 0x5d && code <= 0x7e)
      expect(isScopeToken(String.fromCharCode(code)), `U+${code.toString(16)}`).toBe(allowed)
    }
    expect(isScopeToken("")).toBe(false)
    expect(isScopeToken("notes:read\n")).toBe(false)
  })
})

describe("parseScope", () => {
  it("reads tokens in their order, once each, and tells upper from lower case", () => {
    expect(tokens("notes:read notes:write")).toEqual(["notes:read", "notes:write"])
    expect(tokens("b a b B a")).toEqual(["b", "a", "B"])
    expect(tokens("https://example.com/auth/read!#$%&'()*+,-./:;<=>?@[]^_`{|}~")).toHaveLength(1)
  })

  it("reads an absent and an empty scope as the empty set", () => {
    expect(tokens(undefined)).toEqual([])
    expect(tokens("")).toEqual([])
  })

  it.each([
    ["a  b", 1],
    [" a", 0],
    ["a ", 1],
    [" ", 0],
    ["a\tb", 0],
    ["a\nb", 0],
    ['x a"b', 1],
    ["a\\b", 0],
    ["a\u0000", 0],
    ["a\u007f", 0],
    ["é", 0],
    ["a\u00a0b", 0],
    ["\ud800", 0]
  ])("refuses %j and says which token is wrong", (text, position) => {
    expect(problem(parseScope(text))).toEqual({ reason: "token", position })
  })

  it("refuses quotes, backslashes, control and non-ASCII characters, 5,000 tokens and 100 kB", () => {
    for (const text of ['read"', "re\\ad", "re\u0001ad", "re\u001bad", "re\u007fad", "réad", "читать"]) {
      expect(problem(parseScope(text)).reason, JSON.stringify(text)).toBe("token")
    }
    const many = Array.from({ length: 5000 }, (_, index) => index.toString(36)).join(" ")
    expect(problem(parseScope(many)).reason).toBe("too-long")
    expect(problem(parseScope(many, { maximumLength: 100_000 })).reason).toBe("too-many-tokens")
    expect(problem(parseScope("x".repeat(100_000))).reason).toBe("too-long")
  })

  it("refuses a challenge's scope outside the grammar, bounds it, and keeps __proto__ as a token", () => {
    for (const text of ["a  b", " a ", "a\tb", 'a"b']) expect(problem(parseScope(text)).reason).toBe("token")
    const many = Array.from({ length: 10_000 }, (_, index) => `s${index}`).join(" ")
    expect(problem(parseScope(many)).reason).toBe("too-long")
    expect(problem(parseScope(many, { maximumLength: 1_000_000 })).reason).toBe("too-many-tokens")
    expect(tokens("__proto__")).toEqual(["__proto__"])
  })

  it("accepts exactly 64 tokens and 4096 characters unless told otherwise", () => {
    const of = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`).join(" ")
    expect(tokens(of(64))).toHaveLength(64)
    expect(problem(parseScope(of(65)))).toEqual({ reason: "too-many-tokens", position: undefined })
    expect(tokens("x".repeat(4096))).toHaveLength(1)
    expect(problem(parseScope("x".repeat(4097)))).toEqual({ reason: "too-long", position: undefined })
    expect([...Result.getOrThrow(parseScope(of(65), { maximumTokens: 65 }))]).toHaveLength(65)
  })

  it("explains itself without repeating the scope", () => {
    const malformed = parseScope('secret"text')
    if (Result.isSuccess(malformed)) throw new Error("expected a rejection")
    expect(malformed.failure).toMatchObject({
      _tag: "ScopeMalformed",
      kind: "rejection",
      spec: "RFC 6749 section 3.3",
      message:
        "the scope has a token that is empty or has a character outside printable ASCII, or a quote or backslash (token 1)"
    })
    expect(Result.isFailure(parseScope("x".repeat(5000)))).toBe(true)
  })

  it("never throws, and what it accepts is exactly the grammar", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const grammatical = text === "" || /^[!#-[\]-~]+( [!#-[\]-~]+)*$/.test(text)
        expect(Result.isSuccess(parseScope(text))).toBe(grammatical)
      })
    )
  })

  it("gives back what formatScope was given", () => {
    fc.assert(
      fc.property(fc.uniqueArray(scopeToken, { maxLength: 20 }), (unique) => {
        expect(tokens(formatScope(unique))).toEqual(unique)
        expect([...Result.getOrThrow(scopeSet(unique))]).toEqual(unique)
      })
    )
  })

  it("takes time that grows with the length and not with its square", async () => {
    const bounds = { maximumTokens: Number.POSITIVE_INFINITY, maximumLength: Number.POSITIVE_INFINITY }
    const text = (length: number) => `${"ab ".repeat(length / 3)}"`
    expect(await growth(9_000, text, (input) => parseScope(input, bounds))).toBeLessThan(12)
  })

  it("has a result that cannot be written to", () => {
    expectTypeOf(parseScope("a")).toEqualTypeOf<Result.Result<ScopeSet, ScopeMalformed>>()
    expectTypeOf<ScopeSet>().not.toHaveProperty("add")
  })
})

describe("scopeSet", () => {
  it("takes single tokens, not scopes", () => {
    expect(problem(scopeSet(["a", "b c"]))).toEqual({ reason: "token", position: 1 })
    expect(problem(scopeSet([""]))).toEqual({ reason: "token", position: 0 })
  })

  it("stops reading an iterable that does not end", () => {
    let read = 0
    function* endless() {
      for (;;) yield `s${read++ % 2}`
    }
    expect(problem(scopeSet(endless())).reason).toBe("too-many-tokens")
    expect(read).toBe(65)
    expect(problem(scopeSet(["x".repeat(3000), "y".repeat(3000)])).reason).toBe("too-long")
  })
})
