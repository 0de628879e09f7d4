import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { isLoopbackHost, parseSecureUrl, type TransportInsecure, type UrlFlaw, type UrlMalformed } from "@postern/uri"
import { anyText, nearlyUrl } from "./arbitrary-url.ts"
import { growth } from "../../../tests/growth.ts"

const reason = (text: string) => {
  const parsed = parseSecureUrl(text)
  if (Result.isSuccess(parsed)) return "accepted"
  return parsed.failure._tag === "UrlMalformed" ? parsed.failure.reason : `${parsed.failure.scheme} insecure`
}

describe("a secure URL", () => {
  it("is https, or http on loopback", () => {
    for (const text of [
      "https://as.example.com",
      "https://as.example.com/",
      "https://as.example.com:8443/authorize?tenant=1",
      "https://as.example.com?tenant=1",
      "https://as.example.com?",
      "https://as.example.com/?",
      "https://[2001:4860:4860::8888]/x",
      "http://127.0.0.1:3000/token",
      "http://127.1.2.3/token",
      "http://localhost/token",
      "http://[::1]:9/token"
    ]) {
      const parsed = parseSecureUrl(text)
      expect(Result.isSuccess(parsed) && parsed.success.href, text).toBe(new URL(text).href)
    }
    expectTypeOf(parseSecureUrl("x")).toEqualTypeOf<Result.Result<URL, UrlMalformed | TransportInsecure>>()
    expectTypeOf<UrlMalformed["reason"]>().toEqualTypeOf<UrlFlaw>()
    // What no rejection has cannot be read from one.
    expectTypeOf<string>().not.toExtend<keyof UrlMalformed>()
  })

  const hostile: ReadonlyArray<readonly [string, string]> = [
    ["javascript:alert(document.domain)//", "javascript insecure"],
    ["JaVaScRiPt:alert(1)", "not-canonical"],
    [" \tjavascript:alert(1)", "characters"],
    ["data:text/html,<script>alert(1)</script>", "characters"],
    ["data:text/html,x", "data insecure"],
    ["vbscript:x", "vbscript insecure"],
    ["file:///c:/windows/system32/calc.exe", "file insecure"],
    ["blob:https://as.example.com/1", "blob insecure"],
    ["ms-msdt:/id", "ms-msdt insecure"],
    ["search-ms:query=x", "search-ms insecure"],
    ["smb://h", "smb insecure"],
    ["about:blank", "about insecure"],
    ["view-source:https://x", "view-source insecure"],
    ["intent://x", "intent insecure"]
  ]
  it("is no scheme that runs or opens something else", () => {
    for (const [text, expected] of hostile) expect(reason(text), text).toBe(expected)
  })

  it("is no command-line flag", () => {
    for (const text of ["--version", "-a Calculator", "--upload-pack=evil"]) {
      expect(parseSecureUrl(text), text).toMatchObject({ failure: { _tag: "UrlMalformed" } })
    }
    expect(reason("--version")).toBe("not-absolute")
    expect(reason("-a Calculator")).toBe("characters")
    expect(reason("--upload-pack=evil")).toBe("not-absolute")
  })

  it("is not http off loopback and not relative, whichever endpoint it names", () => {
    expect(parseSecureUrl("http://as.example.com/token")).toMatchObject({
      failure: { _tag: "TransportInsecure", spec: "OAuth 2.1 section 1.5", scheme: "http", host: "as.example.com" }
    })
    expect(parseSecureUrl("http://10.0.0.5/")).toMatchObject({
      failure: { _tag: "TransportInsecure", host: "10.0.0.5" }
    })
    for (const text of ["//x", "/token", "token", "./token", "?x"]) expect(reason(text), text).toBe("not-absolute")
    for (const text of ["http://127.0.0.1", "http://localhost", "http://[::1]"]) expect(reason(text)).toBe("accepted")
  })

  it.each([
    ["https:as.example.com", "not-canonical"],
    ["https:/as.example.com", "not-canonical"],
    ["https:///as.example.com", "not-canonical"],
    ["https://as.example.com/a\tb", "characters"],
    ["https://as.example.com\\x", "characters"],
    ["https:\\\\as.example.com", "characters"],
    ["https://as.example.com/a b", "characters"],
    ["https://as.example.com/%", "characters"],
    ["https://as.example.com/a|b", "characters"],
    ["https://as.example.com/\u00e9", "characters"],
    ["https://AS.example.com/", "not-canonical"],
    ["HTTPS://as.example.com/", "not-canonical"],
    ["https://as.example.com:443/", "not-canonical"],
    ["https://as.example.com:/", "not-canonical"],
    ["https://as.example.com/a/../b", "not-canonical"],
    ["https://0x7f000001/", "not-canonical"],
    ["https://127.1/", "not-canonical"],
    ["https://[0:0:0:0:0:0:0:1]/", "not-canonical"],
    ["https://u@as.example.com/", "userinfo"],
    ["https://@as.example.com/", "userinfo"],
    ["https://as.example.com/#", "fragment"],
    ["https://as.example.com#x", "fragment"],
    ["https://", "not-absolute"],
    ["https://a%00b/", "not-absolute"],
    ["http://localhost./", "http insecure"],
    ["http://0.0.0.0/", "http insecure"],
    ["http://[::]/", "http insecure"],
    ["http://[::ffff:7f00:1]/", "http insecure"]
  ])("is refused: %j", (text, expected) => {
    expect(reason(text)).toBe(expected)
  })

  it("carries a sentence without the text", () => {
    expect(parseSecureUrl("https://u:secret@x/")).toMatchObject({
      failure: { message: "the URL is malformed (userinfo)", spec: "RFC 3986 section 4.3" }
    })
    expect(parseSecureUrl("http://x/?secret")).toMatchObject({
      failure: { message: "the URL must be https, or http on a loopback host", host: "x" }
    })
  })

  it("never throws, and prints as it was read", () => {
    const text = fc.oneof(
      nearlyUrl,
      anyText,
      fc.string().map((rest) => `https://${rest}`)
    )
    fc.assert(
      fc.property(text, (uri) => {
        const parsed = parseSecureUrl(uri)
        if (Result.isFailure(parsed)) return
        expect(["https:", "http:"]).toContain(parsed.success.protocol)
        const again = parseSecureUrl(parsed.success.href)
        expect(Result.isSuccess(again) && again.success.href).toBe(parsed.success.href)
        // Nothing but the slash of an empty path may be missing from what came.
        expect(parsed.success.href.length - uri.length).toBeLessThanOrEqual(1)
      })
    )
  })

  it("takes time linear in the length", async () => {
    const texts = (length: number) => [
      "https://h/" + "a".repeat(length),
      "https://h/" + "%2".repeat(length / 2),
      "a.".repeat(length / 2)
    ]
    const parseAll = (inputs: ReadonlyArray<string>) => {
      for (const text of inputs) parseSecureUrl(text)
    }
    expect(await growth(20_000, texts, parseAll)).toBeLessThan(12)
  })
})

describe("isLoopbackHost", () => {
  it("knows the machine itself, exactly", () => {
    for (const host of ["127.0.0.1", "127.255.0.9", "[::1]", "localhost"]) expect(isLoopbackHost(host), host).toBe(true)
    for (const host of [
      "localhost.",
      "a.localhost",
      "LOCALHOST",
      "::1",
      "128.0.0.1",
      "0.0.0.0",
      "[::]",
      "127.0.0.1.x",
      ""
    ]) {
      expect(isLoopbackHost(host), host).toBe(false)
    }
  })
})
