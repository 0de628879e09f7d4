import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { type Issuer, type IssuerMalformed, parseIssuer, type TransportInsecure } from "@postern/uri"
import { nearlyUrl } from "./arbitrary-url.ts"

const reason = (text: string) => {
  const parsed = parseIssuer(text)
  if (Result.isSuccess(parsed)) return "accepted"
  return parsed.failure._tag === "IssuerMalformed" ? parsed.failure.reason : parsed.failure._tag
}

describe("an issuer identifier", () => {
  it("comes back byte for byte, so that a slash makes another issuer", () => {
    for (const text of [
      "https://as.example.com",
      "https://as.example.com/",
      "https://as.example.com/t/1",
      "http://[::1]:9"
    ]) {
      expect(parseIssuer(text)).toEqual(Result.succeed(text))
    }
    expectTypeOf(parseIssuer("x")).toEqualTypeOf<Result.Result<Issuer, IssuerMalformed | TransportInsecure>>()
    expectTypeOf<string>().not.toExtend<Issuer>()
  })

  // The spellings of ASM-01 and the strings of PRM-09.
  it.each([
    ["https://AS.example.com", "not-canonical"],
    ["https://as.example.com:443", "not-canonical"],
    ["http://as.example.com", "TransportInsecure"],
    ["javascript:alert(1)", "TransportInsecure"],
    ["https://as.example.com?x=1", "query"],
    ["https://as.example.com#f", "fragment"],
    ["https://u:p@as.example.com", "userinfo"],
    ["https://as.example.com?", "query"],
    ["https://as.example.com/?", "query"],
    ["https://as.example.com#", "fragment"],
    ["https://as.example.com/ ", "characters"],
    ["as.example.com", "not-absolute"]
  ])("is refused: %j", (text, expected) => {
    expect(reason(text)).toBe(expected)
  })

  it("carries its clause", () => {
    expect(parseIssuer("x")).toMatchObject({
      failure: {
        kind: "rejection",
        spec: "RFC 8414 section 2",
        message: "the issuer identifier is malformed (not-absolute)"
      }
    })
  })

  it("never throws and is never changed", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearlyUrl), (text) => {
        const parsed = parseIssuer(text)
        if (Result.isSuccess(parsed)) {
          expect(parsed.success).toBe(text)
          expect(text).not.toMatch(/[?#@]/)
        }
      })
    )
  })
})
