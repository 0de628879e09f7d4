import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  type AuthorizationResponse,
  buildAuthorizationResponse,
  type ParameterInvalid,
  type ParameterMissing,
  type ParameterRepeated,
  type ParametersTooLarge,
  parseAuthorizationResponse
} from "@postern/messages"

const refused = (query: URLSearchParams | string) => {
  const parsed = parseAuthorizationResponse(query)
  if (Result.isSuccess(parsed)) throw new Error("expected a rejection")
  return parsed.failure
}

const parse = (query: string): AuthorizationResponse => Result.getOrThrow(parseAuthorizationResponse(query))

describe("parseAuthorizationResponse", () => {
  it("reads a code, and the example of RFC 9207 section 2.4", () => {
    const response = parse(
      "?code=x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58&state=ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI&iss=https%3A%2F%2Fhonest.as.example"
    )
    expect(response).toEqual({
      code: "x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58",
      state: "ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI",
      iss: "https://honest.as.example"
    })
    if ("code" in response) expectTypeOf(response.code).toEqualTypeOf<string>()
    else expectTypeOf(response.error).toEqualTypeOf<string>()
  })

  it("reads an error, and the example of RFC 9207 section 2.4", () => {
    expect(
      parse("error=access_denied&state=N2JjNGJhY2JiZjRhYzA3MGJkMzNmMDE5OWJhZmJhZjA&iss=https%3A%2F%2Fhonest.as.example")
    ).toEqual({
      error: "access_denied",
      state: "N2JjNGJhY2JiZjRhYzA3MGJkMzNmMDE5OWJhZmJhZjA",
      iss: "https://honest.as.example"
    })
  })

  it("[CBK-05] refuses repeated parameters, a code beside an error, and a code that is huge or has control characters", () => {
    expect(refused("?code=a&code=b")).toMatchObject({ _tag: "ParameterRepeated", parameter: "code" })
    expect(refused("?code=a&error=x")).toMatchObject({
      _tag: "ParameterInvalid",
      parameter: "error",
      reason: "conflict",
      message: "the parameter error stands beside a parameter that excludes it"
    })
    expect(refused("?state=s&state=t")).toMatchObject({ _tag: "ParameterRepeated", parameter: "state" })
    for (const query of [`?code=${"a".repeat(100_000)}`, new URLSearchParams({ code: "a".repeat(100_000) })]) {
      expect(refused(query)).toMatchObject({ _tag: "ParametersTooLarge", reason: "length" })
    }
    for (const code of ["a%0d%0aX: 1", "a%00", "a%0a", "%C3%A9"]) {
      expect(refused(`?code=${code}`)).toMatchObject({
        _tag: "ParameterInvalid",
        parameter: "code",
        reason: "characters"
      })
    }
  })

  it("refuses what is neither code nor error", () => {
    for (const query of ["", "?state=s", "?code=&error="]) {
      expect(refused(query)).toMatchObject({
        _tag: "ParameterMissing",
        parameter: "code",
        spec: "OAuth 2.1 section 4.1.2"
      })
    }
    expect(refused("?error=%22quoted%22")).toMatchObject({ parameter: "error", reason: "characters" })
  })

  it("keeps a stranger's description as bounded data without control characters, and drops a link that is none", () => {
    const hostile = new URLSearchParams({
      error: "access_denied",
      error_description: `<script>alert(1)</script>\r\n\u001b[31m\u202e${"x".repeat(5000)}`,
      error_uri: "javascript:alert(1)"
    })
    expect(Result.getOrThrow(parseAuthorizationResponse(hostile))).toEqual({
      error: "access_denied",
      errorDescription: `<script>alert(1)</script>[31m${"x".repeat(2000 - 33)}`
    })
    expect(parse("error=x&error_uri=https%3A%2F%2Fas.example.com%2Fe")).toMatchObject({
      errorUri: "https://as.example.com/e"
    })
    for (const uri of ["data:text/html,x", "/relative", "https://x y", `https://as.example.com/${"x".repeat(2000)}`]) {
      expect(parse(new URLSearchParams({ error: "x", error_uri: uri }).toString())).toEqual({ error: "x" })
    }
  })

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webQueryParameters()), (query) => {
        parseAuthorizationResponse(query)
        parseAuthorizationResponse(`error=x&error_description=${query}&error_uri=${query}`)
      })
    )
  })
})

describe("buildAuthorizationResponse", () => {
  const iss = "https://as.example.com"

  it("[RDU-07] keeps the redirect URI's own query and appends code, state and iss once, correctly encoded", () => {
    expect(buildAuthorizationResponse("https://client.example.com/cb?x=1", { code: "SplxlO", state: "xyz", iss })).toBe(
      "https://client.example.com/cb?x=1&code=SplxlO&state=xyz&iss=https%3A%2F%2Fas.example.com"
    )
    for (const state of ["a&code=evil", "a#b", "a%0d%0ab", "+ é\u{1f511}", "s".repeat(2048)]) {
      const location = buildAuthorizationResponse("https://client.example.com/cb?x=1", { code: "c", state, iss })
      const url = new URL(location)
      expect([...url.searchParams.keys()]).toEqual(["x", "code", "state", "iss"])
      expect(url.searchParams.get("state")).toBe(state)
      expect(url.searchParams.get("code")).toBe("c")
      expect(url.hash).toBe("")
    }
  })

  it("keeps the query byte for byte, whatever is in it", () => {
    const build = (redirectUri: string) => buildAuthorizationResponse(redirectUri, { code: "c" })
    expect(build("https://client.example.com/cb?x=%7e%C3%A9+y&flag&=v&x=2")).toBe(
      "https://client.example.com/cb?x=%7e%C3%A9+y&flag&=v&x=2&code=c"
    )
    expect(build("https://client.example.com/cb")).toBe("https://client.example.com/cb?code=c")
    expect(build("https://client.example.com/cb?")).toBe("https://client.example.com/cb?code=c")
    expect(build("http://127.0.0.1:33123/cb")).toBe("http://127.0.0.1:33123/cb?code=c")
    expect(build("com.example.app:/cb")).toBe("com.example.app:/cb?code=c")
    expect(build("https://client.example.com/cb?a=?b")).toBe("https://client.example.com/cb?a=?b&code=c")
  })

  it("lets no parameter of the response stand there twice, and none after a fragment", () => {
    expect(
      buildAuthorizationResponse("https://client.example.com/cb?code=evil&x=1&st%61te=old&iss=other", {
        code: "c",
        iss
      })
    ).toBe("https://client.example.com/cb?x=1&code=c&iss=https%3A%2F%2Fas.example.com")
    expect(buildAuthorizationResponse("https://client.example.com/cb#f", { code: "c" })).toBe(
      "https://client.example.com/cb?code=c#f"
    )
  })

  it("[RDU-10] makes one Location header of a state that tries to be two", () => {
    for (const state of ["x\r\nSet-Cookie:a=b", "x\u0000"]) {
      const location = buildAuthorizationResponse("https://client.example.com/cb", {
        error: "access_denied",
        errorDescription: state,
        state,
        iss
      })
      expect(location).toMatch(/^[\x21-\x7e]+$/)
      const headers = new Headers({ location })
      expect([...headers]).toEqual([["location", location]])
      expect(new URL(location).searchParams.getAll("state")).toEqual([state])
    }
    expect(buildAuthorizationResponse("https://c.example/", { code: "c", state: "x\r\nSet-Cookie:a=b" })).toBe(
      "https://c.example/?code=c&state=x%0D%0ASet-Cookie%3Aa%3Db"
    )
    expect(buildAuthorizationResponse("https://c.example/", { code: "c", state: "x\u0000" })).toBe(
      "https://c.example/?code=c&state=x%00"
    )
  })

  it("sends only the characters that a description may have", () => {
    expect(
      buildAuthorizationResponse("https://c.example/", { error: "invalid_scope", errorDescription: 'the "scope"\\\né' })
    ).toBe("https://c.example/?error=invalid_scope&error_description=the+scope")
  })

  it("is read back as what it was built from", () => {
    const vschar = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1
    })
    const plain = vschar.map((text) => text.replace(/["\\]/g, "'"))
    const anything = fc.string({ unit: "grapheme", minLength: 1 })
    const response: fc.Arbitrary<AuthorizationResponse> = fc.oneof(
      fc.record({ code: vschar, state: anything, iss: anything }, { requiredKeys: ["code"] }),
      fc.record(
        {
          error: plain,
          errorDescription: plain,
          errorUri: fc.constant("https://as.example.com/e?x=1"),
          state: anything,
          iss: anything
        },
        { requiredKeys: ["error"] }
      )
    )
    fc.assert(
      fc.property(response, fc.constantFrom("https://c.example/cb?x=1&y", "app.example:/"), (sent, redirectUri) => {
        const location = buildAuthorizationResponse(redirectUri, sent)
        const query = location.slice(location.indexOf("?"))
        expect(parse(query)).toEqual(sent)
      })
    )
  })
})

it("parseAuthorizationResponse has its type written out", () => {
  expectTypeOf(parseAuthorizationResponse).returns.toEqualTypeOf<
    Result.Result<AuthorizationResponse, ParameterRepeated | ParametersTooLarge | ParameterMissing | ParameterInvalid>
  >()
})
