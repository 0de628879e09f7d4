import { assert, property, string } from "fast-check"
import { describe, expect, it } from "vitest"
import { mediaType } from "../../src/http/media-type.ts"

describe("the media type of a header", () => {
  it("is read without its parameters and in lower case", () => {
    expect(mediaType("Application/JSON")).toBe("application/json")
    expect(mediaType(" application/json ; charset=UTF-8; version=1")).toBe("application/json")
    expect(mediaType('application/json; charset="utf-8"')).toBe("application/json")
  })

  it("is none where there are several, another charset, or no type at all", () => {
    for (const header of [
      null,
      "",
      "json",
      "/",
      "application/json, text/html",
      "application/json; charset=utf-16",
      "application/json; charset=utf-8, text/html",
      "application/json; a=b, text/html",
      `application/json; ${"x".repeat(200)}`
    ]) {
      expect(mediaType(header)).toBeUndefined()
    }
  })

  it("never throws, and is never longer than the header", () => {
    assert(
      property(string(), (header) => {
        const type = mediaType(header)
        expect(type === undefined || (type.length <= header.length && type.includes("/"))).toBe(true)
      })
    )
  })
})
