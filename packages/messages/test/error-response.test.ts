import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { decodeErrorResponse, type ErrorResponse, ErrorResponseMalformed, formatErrorResponse } from "@postern/messages"

const decode = (json: unknown): ErrorResponse => Result.getOrThrow(decodeErrorResponse(json))

describe("decodeErrorResponse", () => {
  it("reads the example of RFC 6749 section 5.2 and a full one", () => {
    expect(decode({ error: "invalid_request" })).toEqual({ error: "invalid_request" })
    expect(
      decode({ error: "invalid_grant", error_description: "used", error_uri: "https://as.example.com/e", x: 1 })
    ).toEqual({ error: "invalid_grant", errorDescription: "used", errorUri: "https://as.example.com/e" })
  })

  it("needs an error of its grammar", () => {
    for (const error of [undefined, null, 5, {}, "", 'a"b', "a\\b", "a\nb", "é", "e".repeat(201)]) {
      const decoded = decodeErrorResponse({ error, error_description: "x" })
      if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
      expect(decoded.failure).toBeInstanceOf(ErrorResponseMalformed)
      expect(decoded.failure).toMatchObject({ spec: "OAuth 2.1 section 3.2.4", issues: [{ path: "error" }] })
    }
    const missing = decodeErrorResponse({})
    expect(Result.isFailure(missing) && missing.failure.message).toBe(
      "the error response is malformed: error is required"
    )
    for (const json of [null, [], "x", 5]) {
      const decoded = decodeErrorResponse(json)
      expect(Result.isFailure(decoded) && decoded.failure.message).toBe(
        "the error response is malformed: it must be an object"
      )
    }
  })

  it("keeps a hostile description as data: bounded, without control characters", () => {
    const description = `<img src=x onerror=alert(1)>\u0000\u001b\u009b\r\n\u2066${"é".repeat(10_000)}`
    const decoded = decode({ error: "x", error_description: description })
    expect(decoded.errorDescription).toBe(`<img src=x onerror=alert(1)>${"é".repeat(2000 - 34)}`)
    expect(decode({ error: "x", error_description: "\r\n" })).toEqual({ error: "x" })
    // Cut in the middle of a surrogate pair.
    const cut = decode({ error: "x", error_description: `${"x".repeat(1999)}\u{1f511}` }).errorDescription
    expect(cut?.isWellFormed()).toBe(true)
  })

  it("keeps no character of a description that turns the direction of text", () => {
    const marks = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    expect(decode({ error: "x", error_description: `a${marks.split("").join("b")}c` }).errorDescription).toBe(
      "abbbbbbbbbbbc"
    )
  })

  it("drops a description and a link that are none rather than the error", () => {
    expect(decode({ error: "x", error_description: { a: 1 }, error_uri: 5 })).toEqual({ error: "x" })
    for (const error_uri of [
      "javascript:alert(1)",
      "data:,x",
      "as.example.com",
      'https://as.example.com/"',
      "https://"
    ]) {
      expect(decode({ error: "x", error_uri })).toEqual({ error: "x" })
    }
  })

  it("never throws", () => {
    const names = ["error", "error_description", "error_uri", "__proto__"]
    const value = fc.oneof(fc.anything(), fc.string({ unit: "binary" }))
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...names), value)), (json) => {
        decodeErrorResponse(json)
      })
    )
  })

  it("reads back what formatErrorResponse writes", () => {
    const plain = fc.stringMatching(/^[ !#-[\]-~]{1,200}$/)
    const response: fc.Arbitrary<ErrorResponse> = fc.record(
      { error: plain, errorDescription: plain, errorUri: fc.constant("https://as.example.com/e") },
      { requiredKeys: ["error"] }
    )
    fc.assert(
      fc.property(response, (sent) => {
        expect(decode(JSON.parse(JSON.stringify(formatErrorResponse(sent))))).toEqual(sent)
      })
    )
    expect(formatErrorResponse({ error: "x", errorDescription: 'a "quoted"\nword' })).toStrictEqual({
      error: "x",
      error_description: "a quotedword"
    })
    expect(formatErrorResponse({ error: "x", errorDescription: "é" })).toStrictEqual({ error: "x" })
  })
})

it("decodeErrorResponse has its type written out", () => {
  expectTypeOf(decodeErrorResponse).returns.toEqualTypeOf<Result.Result<ErrorResponse, ErrorResponseMalformed>>()
})
