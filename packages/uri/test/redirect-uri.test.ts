import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  isLoopbackRedirect,
  isWebRedirect,
  parseRedirectUri,
  parseRedirectUris,
  type RedirectUri,
  type RedirectUriOptions,
  type RedirectUriRejection,
  responseParameterIn
} from "@postern/uri"
import { nearlyUrl } from "./arbitrary-url.ts"

const refusal = (text: string, options?: RedirectUriOptions) => {
  const parsed = parseRedirectUri(text, options)
  return Result.isFailure(parsed) ? parsed.failure : "accepted"
}

const reason = (text: string, options?: RedirectUriOptions) => {
  const rejection = refusal(text, options)
  if (rejection === "accepted") return rejection
  return rejection._tag === "TransportInsecure" ? rejection._tag : `${rejection._tag} ${rejection.reason}`
}

describe("a redirect URI that is registered", () => {
  it.each([
    "https://client.example.com/cb",
    "https://client.example.com/cb/",
    "https://client.example.com",
    "https://client.example.com:8443/cb?x=1&y=%20",
    "http://127.0.0.1:3000/cb",
    "http://127.0.0.1/cb",
    "http://[::1]:3000/cb",
    "http://localhost/cb",
    "com.example.app:/cb",
    "com.example.app:/cb?x=1"
  ])("comes back byte for byte: %s", (text) => {
    expect(parseRedirectUri(text)).toEqual(Result.succeed(text))
  })

  it("[RU-21] is refused with a wildcard or as a pattern", () => {
    expect(reason("https://client.example.com/cb/*")).toBe("RedirectUriForbidden wildcard")
    expect(reason("https://*.example.com/cb")).toBe("RedirectUriForbidden wildcard")
    expect(reason(".*")).toBe("RedirectUriMalformed not-absolute")
  })

  const dangerous = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\0script:alert(1)",
    "data:text/html,x",
    "data:text/html;base64,eA==",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://e/1",
    "mailto:a@b",
    "about:blank",
    "view-source:https://x",
    "filesystem:https://x",
    "ftp://x",
    "ws://x",
    "intent://x#Intent;scheme=https;end",
    "jar:https://x!/y"
  ]
  it("[RU-22] is refused with a scheme that runs, opens or sends something, even when an exception names it", () => {
    const allowPrivateUse = dangerous.map((text) => text.split(":", 1)[0]?.trim().toLowerCase() ?? "")
    for (const text of dangerous) {
      for (const options of [{}, { allowPrivateUse }]) {
        expect(reason(text, options), text).toMatch(
          /^(?:RedirectUriForbidden scheme|RedirectUriMalformed (?:characters|not-canonical|fragment))$/
        )
      }
    }
    expect(reason("javascript:alert(1)", { allowPrivateUse: ["javascript"] })).toBe("RedirectUriForbidden scheme")
    expect(reason("data:text/html,x", { allowPrivateUse: ["data"] })).toBe("RedirectUriForbidden scheme")
  })

  it("[RU-23] is refused on http off loopback", () => {
    expect(refusal("http://client.example.com/cb")).toMatchObject({
      _tag: "TransportInsecure",
      spec: "OAuth 2.1 section 1.5",
      scheme: "http",
      host: "client.example.com"
    })
  })

  it("[RU-24] is accepted with a scheme in reverse-domain form", () => {
    expect(parseRedirectUri("com.example.app:/cb")).toEqual(Result.succeed("com.example.app:/cb"))
  })

  it("[RU-25] is refused with a scheme without a dot, unless an exception names that scheme", () => {
    for (const text of ["myapp:/cb", "cursor://x/cb"]) {
      expect(refusal(text)).toMatchObject({ _tag: "RedirectUriForbidden", reason: "scheme" })
      expect(refusal(text, { allowPrivateUse: ["other"] })).toMatchObject({ reason: "scheme" })
      expect(parseRedirectUri(text, { allowPrivateUse: ["cursor", "myapp"] })).toEqual(Result.succeed(text))
    }
  })

  it("[RU-26] is refused when a private-use URI is malformed or out of band", () => {
    expect(reason("com.example.app://evil@x/cb")).toBe("RedirectUriMalformed userinfo")
    expect(reason("com.example.app:")).toBe("RedirectUriMalformed path")
    expect(reason("com.example.app:///")).toBe("RedirectUriForbidden authority")
    expect(reason("urn:ietf:wg:oauth:2.0:oob")).toBe("RedirectUriForbidden scheme")
  })

  it("is refused with a host on a private-use scheme that nobody named", () => {
    expect(reason("com.example.app://x/cb")).toBe("RedirectUriForbidden authority")
    expect(reason("com.example.app://x/cb", { allowPrivateUse: ["com.example.app"] })).toBe("accepted")
    expect(reason("cursor:///cb", { allowPrivateUse: ["cursor"] })).toBe("RedirectUriForbidden authority")
    expect(reason("cursor:cb", { allowPrivateUse: ["cursor"] })).toBe("RedirectUriMalformed path")
  })

  it("[RU-37] is bounded: at most 2048 characters, at most 32 for one client", () => {
    const start = "https://client.example.com/"
    expect(reason(start + "a".repeat(8192 - start.length))).toBe("RedirectUriMalformed too-long")
    expect(reason(start + "a".repeat(2049 - start.length))).toBe("RedirectUriMalformed too-long")
    expect(reason(start + "a".repeat(2048 - start.length))).toBe("accepted")
    const many = (count: number) => parseRedirectUris(Array.from({ length: count }, (_, at) => `${start}${at}`))
    expect(many(10_000)).toMatchObject({ failure: { _tag: "RedirectUriForbidden", reason: "too-many" } })
    expect(many(33)).toMatchObject({ failure: { reason: "too-many" } })
    expect(many(32)).toMatchObject({ success: { length: 32 } })
  })

  it("is refused with the first wrong one of several", () => {
    const parsed = parseRedirectUris(["https://client.example.com/cb", "http://client.example.com/cb"])
    expect(parsed).toMatchObject({ failure: { _tag: "TransportInsecure" } })
  })

  it.each([
    ["https://client.example.com/cb#", "RedirectUriMalformed fragment"],
    ["https://client.example.com/cb/..;/evil", "RedirectUriForbidden dot-segment"],
    ["https://client.example.com/%2e%2e;x/evil", "RedirectUriForbidden dot-segment"],
    ["https://client.example.com/a%2f..%2fevil", "RedirectUriForbidden dot-segment"],
    ["https://client.example.com/a%5c..%5Cevil", "RedirectUriForbidden dot-segment"],
    ["https://client.example.com/x/../cb", "RedirectUriMalformed not-canonical"],
    ["https://client.example.com/%2E%2e/cb", "RedirectUriMalformed not-canonical"],
    ["https://client.example.com/cb%0a", "RedirectUriForbidden control-character"],
    ["https://client.example.com/cb?x=%00", "RedirectUriForbidden control-character"],
    ["https://client.example.com/cb%7F", "RedirectUriForbidden control-character"],
    ["https://client.example.com/cb%zz", "RedirectUriMalformed characters"],
    ["https://client.example.com:443/cb", "RedirectUriMalformed not-canonical"],
    ["https://CLIENT.example.com/cb", "RedirectUriMalformed not-canonical"],
    ["https:client.example.com/cb", "RedirectUriMalformed not-canonical"],
    ["https:///client.example.com/cb", "RedirectUriMalformed not-canonical"],
    ["https://u:p@client.example.com/cb", "RedirectUriMalformed userinfo"],
    ["https://@client.example.com/cb", "RedirectUriMalformed userinfo"],
    ["https://client.example.com\\@evil.com/cb", "RedirectUriMalformed characters"],
    ["https://cl\u0131ent.example.com/cb", "RedirectUriMalformed characters"],
    ["/cb", "RedirectUriMalformed not-absolute"],
    ["", "RedirectUriMalformed characters"],
    ["http://localhost.:3000/cb", "TransportInsecure"],
    ["http://evil.localhost:3000/cb", "TransportInsecure"],
    ["http://0.0.0.0/cb", "TransportInsecure"]
  ])("is refused: %j", (text, expected) => {
    expect(reason(text)).toBe(expected)
  })

  it("carries its clause and a sentence", () => {
    expect(refusal("myapp:/cb")).toMatchObject({
      kind: "rejection",
      spec: "OAuth 2.1 section 2.3.1",
      message: "the redirect URI may not be registered (scheme)"
    })
    expect(refusal("/cb")).toMatchObject({
      kind: "rejection",
      spec: "OAuth 2.1 section 2.3",
      message: "the redirect URI is malformed (not-absolute)"
    })
  })

  it("never throws, and what is accepted is the text that a URL parser prints", () => {
    const scheme = fc.constantFrom("https://", "http://127.0.0.1", "com.example.app:/", "cursor://", "javascript:", "")
    const text = fc.oneof(
      nearlyUrl,
      fc.tuple(scheme, fc.string()).map((parts) => parts.join(""))
    )
    fc.assert(
      fc.property(text, (uri) => {
        const parsed = parseRedirectUri(uri, { allowPrivateUse: ["cursor"] })
        if (Result.isFailure(parsed)) return
        expect(parsed.success).toBe(uri)
        const printed = new URL(uri).href
        expect([printed, printed.replace(/^(https?:\/\/[^/]*)\//, "$1")]).toContain(uri)
      })
    )
  })

  it("has a type of its own", () => {
    expectTypeOf(parseRedirectUri("x")).toEqualTypeOf<Result.Result<RedirectUri, RedirectUriRejection>>()
    expectTypeOf<RedirectUri>().toExtend<string>()
    expectTypeOf<string>().not.toExtend<RedirectUri>()
  })
})

describe("isLoopbackRedirect", () => {
  it("is true for http and https at a loopback host", () => {
    for (const uri of [
      "http://127.0.0.1:3000/cb",
      "http://[::1]/cb",
      "http://localhost/cb",
      "https://localhost:8443/"
    ]) {
      expect(isLoopbackRedirect(uri), uri).toBe(true)
    }
  })

  it("is false for anything else", () => {
    for (const uri of [
      "https://client.example.com/cb",
      "http://localhost.evil.com/cb",
      "cursor://localhost/cb",
      "x",
      ""
    ]) {
      expect(isLoopbackRedirect(uri), uri).toBe(false)
    }
  })
})

describe("isWebRedirect", () => {
  it("is true for https at any name but localhost", () => {
    expect(isWebRedirect("https://client.example.com/cb")).toBe(true)
    expect(isWebRedirect("https://localhost.example.com/cb")).toBe(true)
    for (const uri of ["https://localhost/cb", "http://127.0.0.1/cb", "com.example.app:/cb", "x", ""]) {
      expect(isWebRedirect(uri), uri).toBe(false)
    }
  })
})

describe("responseParameterIn", () => {
  it("names the parameter of the response that is in the query, also where it is escaped", () => {
    expect(responseParameterIn("https://client.example.com/cb?a=1&state=2")).toBe("state")
    expect(responseParameterIn("https://client.example.com/cb?%63ode")).toBe("code")
    for (const uri of ["https://client.example.com/cb?codes=1", "https://client.example.com/code", "x"]) {
      expect(responseParameterIn(uri), uri).toBeUndefined()
    }
  })
})
