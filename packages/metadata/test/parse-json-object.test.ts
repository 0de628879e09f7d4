import { isJsonObject, member, parseJsonObject } from "@postern/metadata"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const read = (text: string) => Result.getOrThrow(parseJsonObject(bytes(text)))

const refused = (input: Uint8Array) => {
  const { reason, spec } = Result.getOrThrow(Result.flip(parseJsonObject(input)))
  return [reason, spec]
}

describe("parseJsonObject", () => {
  it("reads the header and the claims of RFC 7515 appendix A.1", () => {
    expect(read('{"typ":"JWT",\r\n "alg":"HS256"}')).toEqual({ typ: "JWT", alg: "HS256" })
    expect(read('{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}')).toEqual({
      iss: "joe",
      exp: 1_300_819_380,
      "http://example.com/is_root": true
    })
    expect(read('{"n":"\u00e9\u{1f511}"}')).toEqual({ n: "\u00e9\u{1f511}" })
  })

  it("[JWT-33] refuses bytes that are not UTF-8, and a byte order mark", () => {
    const inString = (...hostile: ReadonlyArray<number>) =>
      Uint8Array.from([...bytes('{"a":"'), ...hostile, ...bytes('"}')])
    for (const input of [
      inString(0xff),
      inString(0xc0, 0x80),
      inString(0xed, 0xa0, 0x80),
      inString(0xe2, 0x82),
      // {"a":1} in UTF-16.
      Uint8Array.from([0xff, 0xfe, 0x7b, 0, 0x22, 0, 0x61, 0, 0x22, 0, 0x3a, 0, 0x31, 0, 0x7d, 0])
    ]) {
      expect(refused(input)).toEqual(["encoding", "RFC 8259 section 8.1"])
    }
    expect(refused(bytes('\uFEFF{"a":1}'))).toEqual(["byte-order-mark", "RFC 8259 section 8.1"])
  })

  it("refuses JSON that is no object", () => {
    for (const text of ["[]", "[{}]", "null", '"{}"', "1", "true"]) {
      expect(refused(bytes(text)), text).toEqual(["no-object", "RFC 8259 section 4"])
    }
    expect(Result.getOrThrow(Result.flip(parseJsonObject(bytes("[]")))).message).toBe("the text is JSON but no object")
    expect(Result.getOrThrow(Result.flip(parseJsonObject(Uint8Array.of(0xff)))).message).toBe("the bytes are not UTF-8")
  })

  it("[JWT-32] is as strict as parseJson: no member name twice, bounded depth, nothing behind the end", () => {
    expect(refused(bytes('{"alg":"ES256","alg":"none"}'))).toEqual(["duplicate-member", "RFC 7493 section 2.3"])
    expect(refused(bytes('{"alg":"ES256","\\u0061lg":"none"}'))).toEqual(["duplicate-member", "RFC 7493 section 2.3"])
    expect(refused(bytes(`{"a":${"[".repeat(40)}${"]".repeat(40)}}`))).toEqual(["too-deep", "RFC 8259 section 9"])
    for (const text of ["", "{", '{"a":1}x', "{'a':1}"]) {
      expect(refused(bytes(text)), text).toEqual(["syntax", "RFC 8259 section 2"])
    }
  })

  it("answers whatever the bytes are, and what it reads is an object", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (input) => {
        const parsed = parseJsonObject(input)
        if (Result.isSuccess(parsed)) expect(isJsonObject(parsed.success)).toBe(true)
      })
    )
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 3 })), (object) => {
        const text = JSON.stringify(object)
        expect(parseJsonObject(bytes(text))).toEqual(Result.succeed(JSON.parse(text)))
      })
    )
  })
})

describe("member", () => {
  it("finds what the object itself has and nothing inherited", () => {
    const object = read('{"a":1,"__proto__":{"b":2}}')
    expect(member(object, "a")).toBe(1)
    expect(member(object, "__proto__")).toEqual({ b: 2 })
    for (const name of ["b", "constructor", "toString", "hasOwnProperty"]) {
      expect(member(object, name), name).toBeUndefined()
    }
    expect(member({}, "__proto__")).toBeUndefined()
  })
})

describe("isJsonObject", () => {
  it("tells an object from null, a list and a value that is none", () => {
    expect([{}, { a: 1 }, [], null, undefined, "a", 1, true].map(isJsonObject)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false
    ])
  })
})
