import { describe, expect, it } from "vitest"
import { formatJson, formatOutcome } from "../src/output.ts"

// DEL, C1, a right-to-left override, an isolate, a line separator, a tag outside the first plane, half a pair.
const HOSTILE = "a\u0000\u001B[2J\u007F\u0085\u009B31m\u202E\u2066\u2028\u{E0041}\uD800\uFEFF\tz\né😀"
const VISIBLE = /^[\n\x20-\x7E\u00E9\u{1F600}]*$/u

describe("what is printed", () => {
  it("has no control character of a server at a terminal, and is the same JSON", () => {
    const json = { [HOSTILE]: [HOSTILE] }
    const text = formatOutcome({ json, lines: [] }, { json: true, terminal: true })
    expect(text).toMatch(VISIBLE)
    expect(text).toContain("\\u009b31m\\u202e\\u2066\\u2028\\udb40\\udc41")
    expect(text).toContain("é😀")
    expect(JSON.parse(text)).toEqual(json)
    expect(formatJson(json, true)).toBe(text)
  })

  it("is as it came where no terminal reads it", () => {
    const json = { text: "\u009B\u202E" }
    expect(formatJson(json, false)).toBe(JSON.stringify(json, undefined, 2))
    expect(formatOutcome({ json, lines: ["\u009B"] }, { json: false, terminal: false })).toBe("\u009B")
  })

  it("has its lines without them at a terminal", () => {
    const text = formatOutcome({ json: {}, lines: ["a\u009Bb\u202E", "c"] }, { json: false, terminal: true })
    expect(text).toBe("a\uFFFDb\uFFFD\nc")
  })
})
