import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { type ClientIdMalformed, type ClientIdUrl, parseClientIdUrl, type TransportInsecure } from "@postern/uri"
import { nearlyUrl } from "./arbitrary-url.ts"

const reason = (text: string) => {
  const parsed = parseClientIdUrl(text)
  if (Result.isSuccess(parsed)) return "accepted"
  return parsed.failure._tag === "ClientIdMalformed" ? parsed.failure.reason : parsed.failure._tag
}

describe("a client identifier URL", () => {
  it("comes back byte for byte", () => {
    for (const text of [
      "https://app.example.com/client.json",
      "https://app.example.com:8443/c",
      "https://app.example.com/c?v=1",
      "http://127.0.0.1:3000/client.json"
    ]) {
      expect(parseClientIdUrl(text)).toEqual(Result.succeed(text))
    }
    expectTypeOf(parseClientIdUrl("x")).toEqualTypeOf<
      Result.Result<ClientIdUrl, ClientIdMalformed | TransportInsecure>
    >()
    expectTypeOf<string>().not.toExtend<ClientIdUrl>()
  })

  it("has at most 2048 characters", () => {
    const start = "https://app.example.com/"
    expect(reason(start + "a".repeat(2048 - start.length))).toBe("accepted")
    expect(reason(start + "a".repeat(2049 - start.length))).toBe("too-long")
  })

  it("is https with a path, without fragment, user information and dot segments", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["http://app.example.com/c", "TransportInsecure"],
      ["HTTP://app.example.com/c", "not-canonical"],
      ["ftp://app.example.com/c", "TransportInsecure"],
      ["https://app.example.com", "path"],
      ["https://app.example.com/c#f", "fragment"],
      ["https://u:p@app.example.com/c", "userinfo"],
      ["https://@app.example.com/c", "userinfo"],
      ["https://app.example.com/./c", "not-canonical"],
      ["https://app.example.com/../c", "not-canonical"],
      ["https://app.example.com/a/../c", "not-canonical"]
    ]
    for (const [text, expected] of cases) expect(reason(text), text).toBe(expected)
  })

  it.each([
    ["https://app.example.com/", "path"],
    ["https://app.example.com/?x", "path"],
    ["https://app.example.com/%2e/c", "not-canonical"],
    ["https://app.example.com:443/c", "not-canonical"],
    ["https://APP.example.com/c", "not-canonical"],
    ["client-1", "not-absolute"]
  ])("is refused: %j", (text, expected) => {
    expect(reason(text)).toBe(expected)
  })

  it("carries its clause", () => {
    expect(parseClientIdUrl("x")).toMatchObject({
      failure: {
        spec: "draft-ietf-oauth-client-id-metadata-document-00 section 3",
        message: "the client identifier URL is malformed (not-absolute)"
      }
    })
  })

  it("never throws and is never changed", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearlyUrl), (text) => {
        const parsed = parseClientIdUrl(text)
        if (Result.isSuccess(parsed)) expect(parsed.success).toBe(text)
      })
    )
  })
})
