import * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import { buildAuthorizationUrl } from "@postern/messages"
import type { TransportInsecure, UrlMalformed } from "@postern/uri"

const request = { clientId: "c1", codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" }

const FIXED =
  "response_type=code&client_id=c1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"

const build = (endpoint: string) => buildAuthorizationUrl(endpoint, request)

describe("buildAuthorizationUrl", () => {
  it("writes every parameter once, form-encoded, in one order", () => {
    const url = buildAuthorizationUrl("https://as.example.com/authorize", {
      ...request,
      redirectUri: "http://127.0.0.1:3000/callback",
      scope: ["notes:read", "notes:write"],
      state: "a&b #é",
      resources: ["https://mcp.example.com/mcp", "https://b.example/"],
      prompt: ["login", "consent"],
      dpopJkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    })
    expect(Result.getOrThrow(url)).toBe(
      "https://as.example.com/authorize?response_type=code&client_id=c1" +
        "&redirect_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fcallback" +
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256" +
        "&scope=notes%3Aread+notes%3Awrite&state=a%26b+%23%C3%A9" +
        "&resource=https%3A%2F%2Fmcp.example.com%2Fmcp&resource=https%3A%2F%2Fb.example%2F&prompt=login+consent" +
        "&dpop_jkt=0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    )
  })

  it("leaves out an empty scope", () => {
    expect(Result.getOrThrow(buildAuthorizationUrl("https://as.example.com/a", { ...request, scope: [] }))).toBe(
      `https://as.example.com/a?${FIXED}`
    )
  })

  it("[ASM-17] keeps the endpoint's query, replaces what it presets of ours, and refuses a fragment", () => {
    const hostile = "https://as.example.com/authorize?tenant=1&client_id=evil&redirect_uri=https://evil"
    expect(Result.getOrThrow(build(hostile))).toBe(`https://as.example.com/authorize?tenant=1&${FIXED}`)
    expect(Result.getOrThrow(build("https://as.example.com/authorize?dpop_jkt=evil"))).toBe(
      `https://as.example.com/authorize?${FIXED}`
    )
    for (const endpoint of [
      `${hostile}#frag`,
      "https://as.example.com/authorize#",
      "https://as.example.com/authorize#f"
    ]) {
      const refused = build(endpoint)
      expect(Result.isFailure(refused) && refused.failure).toMatchObject({ _tag: "UrlMalformed", reason: "fragment" })
    }
  })

  it("keeps the endpoint's query byte for byte, and sees through the encoding of names", () => {
    expect(
      Result.getOrThrow(build("https://as.example.com/a?x=%7e+%C3%A9&&flag&client%5Fid=evil&=v&request_uri=u"))
    ).toBe(`https://as.example.com/a?x=%7e+%C3%A9&flag&=v&${FIXED}`)
    expect(Result.getOrThrow(build("https://as.example.com"))).toBe(`https://as.example.com?${FIXED}`)
    expect(Result.getOrThrow(build("https://as.example.com/a?"))).toBe(`https://as.example.com/a?${FIXED}`)
  })

  it("sends what a server wants beside that, and none of its own parameters from there", () => {
    const url = buildAuthorizationUrl("https://as.example.com/authorize?audience=a&tenant=1&access_type=b", {
      ...request,
      additional: {
        audience: "https://mcp.example.com/mcp",
        access_type: undefined,
        state: "evil",
        redirect_uri: "https://evil.example",
        code_challenge_method: "plain"
      }
    })
    expect(Result.getOrThrow(url)).toBe(
      `https://as.example.com/authorize?tenant=1&access_type=b&${FIXED}&audience=https%3A%2F%2Fmcp.example.com%2Fmcp`
    )
  })

  it("refuses an endpoint that is no secure URL", () => {
    for (const endpoint of ["http://as.example.com/authorize", "javascript:alert(1)", "--version", "/authorize", ""]) {
      expect(Result.isFailure(build(endpoint)), endpoint).toBe(true)
    }
    expect(Result.isSuccess(build("http://127.0.0.1:9000/authorize"))).toBe(true)
  })
})

it("buildAuthorizationUrl has its type written out", () => {
  expectTypeOf(buildAuthorizationUrl).returns.toEqualTypeOf<Result.Result<string, UrlMalformed | TransportInsecure>>()
})
