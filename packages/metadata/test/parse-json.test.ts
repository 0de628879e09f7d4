import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { JsonMalformed, type JsonProblem, parseJson } from "@postern/metadata"
import { growth } from "../../../tests/growth.ts"

const problem = (text: string, maximumDepth?: number) => {
  const parsed = parseJson(text, { maximumDepth })
  if (Result.isSuccess(parsed)) throw new Error(`accepted ${text}`)
  return { reason: parsed.failure.reason, position: parsed.failure.position }
}

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)

describe("parseJson", () => {
  it("reads the examples of RFC 8259 section 13", () => {
    const image =
      '{"Image":{"Width":800,"Height":600,"Title":"View from 15th Floor","Thumbnail":{"Url":"http://www.example.com/image/481989943","Height":125,"Width":100},"Animated":false,"IDs":[116,943,234,38793]}}'
    expect(Result.getOrThrow(parseJson(image))).toEqual(JSON.parse(image))
    expect(Result.getOrThrow(parseJson('"Hello world!"'))).toBe("Hello world!")
    expect(Result.getOrThrow(parseJson("42"))).toBe(42)
    expect(Result.getOrThrow(parseJson("true"))).toBe(true)
    expect(Result.getOrThrow(parseJson(' \t\r\n{ "a" : [ -0.5e-3 , "\\ud834\\udd1e\\u0000" ] } '))).toEqual({
      a: [-0.0005, "\u{1d11e}\u0000"]
    })
  })

  it.each([
    "",
    " ",
    "{",
    "[1,]",
    "{a:1}",
    "{'a':1}",
    "NaN",
    "Infinity",
    "01",
    "+1",
    "1 2",
    '{"a":1}{',
    '"a\u0000b"',
    '"a\nb"',
    "\u0000",
    "1\u0000",
    '"\\x41"',
    '{"a\\u00zz":1}',
    '"open',
    '"\\',
    "undefined",
    "// comment\n1",
    "\u00a01"
  ])("refuses %j, which is no JSON", (text) => {
    expect(problem(text).reason).toBe("syntax")
  })

  it("refuses a byte order mark", () => {
    expect(problem("\uFEFF{}")).toEqual({ reason: "byte-order-mark", position: 0 })
  })

  it("refuses duplicate member names, as in claims and in a header", () => {
    expect(problem('{"sub":"u1","sub":"admin"}')).toEqual({ reason: "duplicate-member", position: 12 })
    expect(problem('{"alg":"ES256","typ":"at+jwt","alg":"none"}')).toEqual({ reason: "duplicate-member", position: 30 })
  })

  it("compares member names after their escapes are read, in each object for itself", () => {
    expect(problem('{"alg":1,"\\u0061lg":2}').reason).toBe("duplicate-member")
    expect(problem('{"a":[{"b":1,"c":{},"b":2}]}').reason).toBe("duplicate-member")
    expect(problem('{"a":{"x":1},"a":2}').reason).toBe("duplicate-member")
    expect(problem('{"__proto__":1,"__proto__":2}').reason).toBe("duplicate-member")
    expect(problem('{"":1,"":2}').reason).toBe("duplicate-member")
    const sound = '{"a":"a","b":["a","a",{"a":1}],"c":{"a":{"a":1}},"A":1,"constructor":1}'
    expect(Result.getOrThrow(parseJson(sound))).toEqual(JSON.parse(sound))
  })

  it("keeps a member __proto__ as a member of its own and touches no prototype", () => {
    const value = Result.getOrThrow(parseJson('{"__proto__":{"admin":true}}'))
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true}}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(value).not.toHaveProperty("admin")
    expect({}).not.toHaveProperty("admin")
  })

  it("refuses half of a surrogate pair, escaped or not", () => {
    expect(problem('"\\ud800"')).toEqual({ reason: "surrogate", position: 0 })
    expect(problem('{"\\udc00\\ud800":1}').reason).toBe("surrogate")
    expect(problem('["\ud800"]').reason).toBe("surrogate")
  })

  it("refuses a number that becomes infinite", () => {
    expect(problem('{"exp":1e999}')).toEqual({ reason: "number", position: 7 })
    expect(problem("-1E+400").reason).toBe("number")
    expect(Result.getOrThrow(parseJson("[1e308,-1e308,1e-999]"))).toEqual([1e308, -1e308, 0])
  })

  it("nests 32 deep unless told otherwise", () => {
    expect(Result.isSuccess(parseJson(nested(32)))).toBe(true)
    expect(problem(nested(33))).toEqual({ reason: "too-deep", position: 32 })
    expect(problem(nested(3), 2)).toEqual({ reason: "too-deep", position: 2 })
    expect(
      Result.isSuccess(parseJson(`[${Array.from({ length: 100 }, () => "[{}]").join()}]`, { maximumDepth: 3 }))
    ).toBe(true)
  })

  it("refuses 100,000 nested objects before they cost a stack", () => {
    expect(problem('{"a":'.repeat(100_000))).toEqual({ reason: "too-deep", position: 32 * 5 })
    expect(problem('{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)).reason).toBe("too-deep")
  })

  it("says what is wrong and where, with the clause", () => {
    const rejection = (text: string) => {
      const parsed = parseJson(text)
      expect(Result.isFailure(parsed) && parsed.failure).toBeInstanceOf(JsonMalformed)
      return Result.isFailure(parsed) ? `${parsed.failure.message}, ${parsed.failure.spec}` : ""
    }
    expect(rejection("{")).toBe("the text is not JSON, RFC 8259 section 2")
    expect(rejection('{"a":1,"a":2}')).toBe(
      "an object has two members of the same name (at position 7), RFC 7493 section 2.3"
    )
    expect(rejection("\uFEFF1")).toBe("the text begins with a byte order mark (at position 0), RFC 8259 section 8.1")
    expect(rejection(nested(40))).toBe(
      "the text nests more deeply than is accepted (at position 32), RFC 8259 section 9"
    )
    expect(rejection("1e999")).toBe("a number is out of the range of a double (at position 0), RFC 7493 section 2.2")
    expect(rejection('"\\ud800"')).toBe("a string has half of a surrogate pair (at position 0), RFC 7493 section 2.1")
  })

  it("reads back whatever JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: "binary" }), (value) => {
        const text = JSON.stringify(value)
        expect(Result.getOrThrow(parseJson(text))).toEqual(JSON.parse(text))
      })
    )
  })

  it("reads names with escapes as they are, whatever was read before", () => {
    // After these, `JSON.parse` of V8 13 takes any name that begins with an escape for a backslash.
    for (let time = 0; time < 10; time++) {
      for (const beginning of ['"x":1', '"\\"":1', '"jsonrpc":"2.0"']) JSON.parse(`{${beginning},"\\\\":1}`)
    }
    const cases: ReadonlyArray<readonly [string, unknown]> = [
      ['{"x":1,"\\u0061":2}', { x: 1, a: 2 }],
      ['{"x":1,"\\"":2}', { x: 1, '"': 2 }],
      ['{"x":1,"\\\\":{"\\n" : [{"\\t":"\\t"}]}}', { x: 1, "\\": { "\n": [{ "\t": "\t" }] } }],
      ['{"jsonrpc":"2.0","\\u006dethod":"ping"}', { jsonrpc: "2.0", method: "ping" }],
      ['["\\u0061:", {"\\ue0000": "\uE0000"}]', ["a:", { "\uE0000": "\uE0000" }]],
      ['{"\\n":1,"\uE0000":2}', { "\n": 1, "\uE0000": 2 }],
      ['{"\\n":1,"n0":2,"n1":3}', { "\n": 1, n0: 2, n1: 3 }],
      ['{"\\u005f_proto__":{"a":1}}', JSON.parse('{"__proto__":{"a":1}}')]
    ]
    for (const [text, value] of cases) {
      const parsed = Result.getOrThrow(parseJson(text))
      expect(parsed).toEqual(value)
      expect(JSON.stringify(parsed)).toBe(JSON.stringify(value))
    }
    for (const twice of ['{"x":1,"\\u0061":1,"a":1}', '{"x":1,"a":1,"\\u0061":1}', '{"x":1,"\\"":1,"\\u0022":1}']) {
      expect(Result.isFailure(parseJson(twice))).toBe(true)
    }
    for (const text of ['{"\\x":1}', '{"\\u00":1}', '{"\\":1}', '{"a\\":1}'])
      expect(Result.isFailure(parseJson(text))).toBe(true)
  })

  it("refuses a name that is written twice, wherever it stands and however it is written", () => {
    const name = fc.constantFrom("a", "b", "\\u0061", "__proto__", "a:b", '\\"', "\\\\", "{", "")
    const value = fc.constantFrom("1", '"a:b"', '"\\":"', "[]", '{"a":{"a":1}}', '[{"b":":"}]')
    const members = fc.array(fc.tuple(name, value), { maxLength: 5 })
    fc.assert(
      fc.property(members, fc.boolean(), (all, nested) => {
        const object = `{${all.map(([one, other]) => `"${one}" :${other}`).join(",")}}`
        const parsed = parseJson(nested ? `[{"a":${object}}]` : object)
        const names = all.map(([one]): unknown => JSON.parse(`"${one}"`))
        expect(Result.isSuccess(parsed)).toBe(new Set(names).size === names.length)
        if (Result.isFailure(parsed)) expect(parsed.failure.reason).toBe("duplicate-member")
      })
    )
  })

  it("never throws, and accepts nothing that JSON.parse does not", () => {
    const fragment = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"',
      "\\",
      "0",
      "-",
      "1",
      "e",
      ".",
      " ",
      '"a"',
      '"a":',
      "null",
      "\\u0061",
      "\uFEFF",
      "\ud800",
      "1e999"
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(fragment, { maxLength: 14 }).map((all) => all.join(""))
        ),
        (text) => {
          const parsed = parseJson(text)
          if (Result.isSuccess(parsed)) expect(parsed.success).toEqual(JSON.parse(text))
          else if (parsed.failure.reason === "syntax") expect(() => JSON.parse(text)).toThrow(SyntaxError)
        }
      )
    )
  })

  it("takes time that grows with the length and not with its square", async () => {
    const text = (count: number) =>
      `[${Array.from({ length: count }, (_, index) => `{"\\u0061${index}":"\\\\","b":-1.5e3}`).join()}]`
    expect(Result.isSuccess(parseJson(text(9)))).toBe(true)
    expect(await growth(700, text, parseJson)).toBeLessThan(12)
    const marks = (count: number) => `{"a":"${"\uE000".repeat(count)}"${',"\\n":1'.repeat(count)}}`
    expect(await growth(700, marks, parseJson)).toBeLessThan(12)
    // One object with many members, and one long string.
    const members = `{${Array.from({ length: 50_000 }, (_, index) => `"${index}":0`).join()}}`
    expect(Result.isSuccess(parseJson(members))).toBe(true)
    expect(Result.isSuccess(parseJson(`"${"\\\\".repeat(500_000)}"`))).toBe(true)
  }, 60_000)
})

it("parseJson has its type written out", () => {
  expectTypeOf(parseJson).returns.toEqualTypeOf<Result.Result<unknown, JsonMalformed>>()
  expectTypeOf<JsonMalformed["reason"]>().toEqualTypeOf<JsonProblem>()
})
