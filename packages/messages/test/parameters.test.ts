import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { type Parameters, parseParameters, ParameterRepeated, ParametersTooLarge } from "@postern/messages"
import { growth } from "../../../tests/growth.ts"

const parse = (input: URLSearchParams | string): Parameters => Result.getOrThrow(parseParameters(input))

const refused = (input: URLSearchParams | string, bounds?: Parameters_) => {
  const parsed = parseParameters(input, bounds)
  if (Result.isSuccess(parsed)) throw new Error("expected a rejection")
  return parsed.failure
}
type Parameters_ = NonNullable<globalThis.Parameters<typeof parseParameters>[1]>

describe("parseParameters", () => {
  it("reads a query with or without its mark, a form body and URLSearchParams alike", () => {
    for (const input of ["?a=1&b=x+y%26", "a=1&b=x+y%26", new URLSearchParams({ a: "1", b: "x y&" })]) {
      const parameters = parse(input)
      expect(parameters.get("a")).toBe("1")
      expect(parameters.get("b")).toBe("x y&")
      expect(parameters.get("c")).toBeUndefined()
      expect(parameters.names).toEqual(["a", "b"])
    }
    expect(parse("").names).toEqual([])
  })

  it("decodes the example of RFC 6749 appendix B", () => {
    expect(parse("v=+%25%26%2B%C2%A3%E2%82%AC").get("v")).toBe(" %&+£€")
  })

  it("refuses a parameter that is there twice, whether or not anybody knows it", () => {
    for (const query of [
      "state=a&state=b",
      "state=a&state=a",
      "x=1&x=2",
      "code=&code=a",
      "a=&a=",
      "st%61te=a&state=b"
    ]) {
      expect(refused(query), query).toBeInstanceOf(ParameterRepeated)
    }
    expect(refused("client_id=a&client_id=b")).toMatchObject({
      _tag: "ParameterRepeated",
      kind: "rejection",
      spec: "OAuth 2.1 section 3.1",
      parameter: "client_id",
      message: "the parameter client_id is there more than once"
    })
  })

  it("does not put a stranger's name into its sentence", () => {
    expect(refused("%3Cb%3E=1&%3Cb%3E=2")).toMatchObject({
      parameter: "<b>",
      message: "the parameter with a name that is not shown is there more than once"
    })
  })

  it("[CAU-04] treats a parameter without a value as omitted", () => {
    const parameters = parse("scope=&resource=&code_verifier=&client_id=c")
    expect(parameters.get("scope")).toBeUndefined()
    expect(parameters.get("code_verifier")).toBeUndefined()
    expect(parameters.resources).toEqual([])
    expect(parameters.names).toEqual(["client_id"])
  })

  it("lets resource repeat, and only resource", () => {
    const parameters = parse("resource=https://a.example/&x=1&resource=&resource=https://b.example/")
    expect(parameters.resources).toEqual(["https://a.example/", "https://b.example/"])
    expect(parameters.names).toEqual(["x", "resource"])
    expect(parameters.get("resource")).toBeUndefined()
    expect(refused("Resource=a&Resource=b")).toBeInstanceOf(ParameterRepeated)
  })

  it("has no parameters but those that were sent", () => {
    const parameters = parse("__proto__=1&constructor=2")
    expect(parameters.get("__proto__")).toBe("1")
    expect(parameters.get("toString")).toBeUndefined()
  })

  it("reads 100 parameters and 65,536 characters, and refuses more", () => {
    const of = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=1`).join("&")
    expect(parse(of(100)).names).toHaveLength(100)
    expect(refused(of(101))).toMatchObject({
      _tag: "ParametersTooLarge",
      reason: "number",
      maximum: 100,
      message: "there are more than 100 parameters"
    })
    expect(refused("resource=x&".repeat(101))).toMatchObject({ reason: "number" })
    expect(parse(`x=${"a".repeat(65_534)}`).get("x")).toHaveLength(65_534)
    for (const input of [`x=${"a".repeat(65_535)}`, new URLSearchParams({ x: "a".repeat(65_536) })]) {
      expect(refused(input)).toMatchObject({
        reason: "length",
        maximum: 65_536,
        message: "the parameters are longer than 65536 characters"
      })
    }
    expect(refused(new URLSearchParams({ x: "aaaa" }), { maximumLength: 4 })).toBeInstanceOf(ParametersTooLarge)
    expect(refused("a=1&b=2", { maximumParameters: 1 })).toBeInstanceOf(ParametersTooLarge)
  })

  it("never throws, and finds what the platform finds", () => {
    const pieces = fc.constantFrom(
      "a",
      "b=1",
      "resource=x",
      "=",
      "&",
      "?",
      "%41",
      "%c3",
      "%A9",
      "%",
      "+",
      "#",
      "\0",
      "\ud800"
    )
    const queries = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""))
    )
    fc.assert(
      fc.property(queries, (text) => {
        const parsed = parseParameters(text)
        const platform = new URLSearchParams(text)
        if (Result.isFailure(parsed)) return
        const names = new Set([...platform].filter(([, value]) => value !== "").map(([name]) => name))
        expect(new Set(parsed.success.names)).toEqual(names)
        expect(parsed.success.resources).toEqual(platform.getAll("resource").filter((value) => value !== ""))
        for (const name of parsed.success.names) {
          if (name !== "resource") expect(parsed.success.get(name)).toBe(platform.get(name))
        }
      })
    )
  })

  it("takes time that grows with the length and not with its square", async () => {
    const bounds = { maximumLength: Number.POSITIVE_INFINITY, maximumParameters: Number.POSITIVE_INFINITY }
    const text = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=%41+%`).join("&")
    expect(await growth(400, text, (input) => parseParameters(input, bounds))).toBeLessThan(12)
  })

  it("has a result that cannot be written to", () => {
    expectTypeOf(parseParameters).returns.toEqualTypeOf<
      Result.Result<Parameters, ParameterRepeated | ParametersTooLarge>
    >()
    expectTypeOf<Parameters["resources"]>().toEqualTypeOf<ReadonlyArray<string>>()
    expectTypeOf<Parameters>().not.toHaveProperty("set")
  })
})
