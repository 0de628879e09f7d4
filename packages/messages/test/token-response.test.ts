import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { decodeTokenResponse, formatTokenResponse, type TokenResponse, TokenResponseMalformed } from "@postern/messages"

const minimal = { access_token: "2YotnFZFEjr1zCsicMWpAA", token_type: "Bearer" }

const decode = (json: unknown): TokenResponse => Result.getOrThrow(decodeTokenResponse(json))

const issues = (json: unknown): ReadonlyArray<string> => {
  const decoded = decodeTokenResponse(json)
  if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
  expect(decoded.failure).toBeInstanceOf(TokenResponseMalformed)
  return decoded.failure.issues.map(({ path, message }) => `${path} ${message}`)
}

describe("decodeTokenResponse", () => {
  it("reads the example of RFC 6749 section 5.1 into our own names", () => {
    const response = decode({
      access_token: "2YotnFZFEjr1zCsicMWpAA",
      token_type: "bearer",
      expires_in: 3600,
      refresh_token: "tGzv3JOkF0XG5Qx2TlKWIA",
      scope: "notes:read notes:write",
      example_parameter: "example_value"
    })
    expect(response).toEqual({
      accessToken: "2YotnFZFEjr1zCsicMWpAA",
      tokenType: "Bearer",
      expiresIn: 3600,
      refreshToken: "tGzv3JOkF0XG5Qx2TlKWIA",
      scope: new Set(["notes:read", "notes:write"])
    })
    expectTypeOf(decodeTokenResponse).returns.toEqualTypeOf<Result.Result<TokenResponse, TokenResponseMalformed>>()
    expectTypeOf(response.tokenType).toEqualTypeOf<"Bearer" | "DPoP">()
  })

  it("[RFT-18] reads any expires_in safely", () => {
    const expiresIn = (expires_in: unknown) => decode({ ...minimal, expires_in }).expiresIn
    expect(decode(minimal).expiresIn).toBeUndefined()
    expect(expiresIn(null)).toBeUndefined()
    expect(expiresIn(0)).toBe(0)
    expect(expiresIn("3600")).toBe(3600)
    expect(expiresIn(3599.9)).toBe(3599)
    // No more than a year: nothing is immortal.
    expect(expiresIn(1e12)).toBe(31_536_000)
    expect(expiresIn("999999999999999")).toBe(31_536_000)
    for (const expires_in of [-1, NaN, Infinity, "-1", "", "1e3", "soon", "9".repeat(400), true, {}, [3600]]) {
      expect(issues({ ...minimal, expires_in }), JSON.stringify(expires_in)).toEqual([
        "expires_in must be a number of seconds"
      ])
    }
  })

  it("[RFT-19] takes bearer tokens that can stand in a header, and nothing else", () => {
    for (const token_type of ["bearer", "BEARER", "Bearer"]) {
      expect(decode({ ...minimal, token_type }).tokenType).toBe("Bearer")
    }
    expect(issues({ access_token: "t" })).toEqual(["token_type is required"])
    for (const token_type of ["mac", "DPoP", "N_A", "bearer ", ""]) {
      expect(issues({ ...minimal, token_type })).toEqual(["token_type must be Bearer"])
    }
    for (const access_token of ["", "a\r\nX-Injected: 1", "a b", "a\u0000", "é", "x".repeat(1_000_000)]) {
      expect(issues({ ...minimal, access_token })).toEqual([
        "access_token must be 1 to 16384 printable ASCII characters without space"
      ])
    }
    expect(decode({ ...minimal, issuer: "https://evil.example" })).toStrictEqual({
      accessToken: "2YotnFZFEjr1zCsicMWpAA",
      tokenType: "Bearer",
      expiresIn: undefined,
      refreshToken: undefined,
      scope: undefined
    })
  })

  it("[RFT-19] [XD3] takes a token that is bound to a key only where one was asked for, and then nothing else", () => {
    const typed = (token_type: string) => decodeTokenResponse({ ...minimal, token_type }, "DPoP")
    for (const token_type of ["DPoP", "dpop"]) expect(Result.getOrThrow(typed(token_type)).tokenType).toBe("DPoP")
    for (const token_type of ["Bearer", "N_A", ""]) {
      expect(typed(token_type)).toMatchObject({
        failure: { issues: [{ path: "token_type", message: "must be DPoP" }] }
      })
    }
  })

  it("reports everything that is wrong at once, without the values", () => {
    const decoded = decodeTokenResponse({ access_token: 5, refresh_token: "hunter2\n", scope: "a  b", expires_in: -1 })
    if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
    expect(decoded.failure).toMatchObject({
      _tag: "TokenResponseMalformed",
      kind: "rejection",
      spec: "OAuth 2.1 section 3.2.3",
      message:
        "the token response is malformed: access_token has the wrong type; token_type is required; " +
        "expires_in must be a number of seconds; " +
        "refresh_token must be 1 to 16384 printable ASCII characters without space; scope is no scope (RFC 6749 section 3.3)"
    })
    expect(JSON.stringify(decoded.failure)).not.toContain("hunter2")
  })

  it("takes null and an empty scope for what is not there", () => {
    expect(decode({ ...minimal, refresh_token: null, scope: "", expires_in: null })).toEqual({
      accessToken: "2YotnFZFEjr1zCsicMWpAA",
      tokenType: "Bearer"
    })
  })

  it.each([null, [], "x", 5, undefined])("refuses %j, which is no object", (json) => {
    expect(issues(json)).toEqual([" it must be an object"])
  })

  it("never throws", () => {
    const names = ["access_token", "token_type", "expires_in", "refresh_token", "scope", "__proto__"]
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...names), fc.anything())), (json) => {
        decodeTokenResponse(json)
      })
    )
  })

  it("reads back what formatTokenResponse writes", () => {
    const token = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1
    })
    const response: fc.Arbitrary<TokenResponse> = fc.record(
      {
        accessToken: token,
        tokenType: fc.constant("Bearer"),
        expiresIn: fc.nat(31_536_000),
        refreshToken: token,
        scope: fc.constantFrom(new Set(["a"]), new Set(["b", "a"]))
      },
      { requiredKeys: ["accessToken", "tokenType"] }
    )
    fc.assert(
      fc.property(response, (sent) => {
        expect(decode(JSON.parse(JSON.stringify(formatTokenResponse(sent))))).toEqual(sent)
      })
    )
    expect(formatTokenResponse({ accessToken: "t", tokenType: "Bearer", scope: new Set() })).toStrictEqual({
      access_token: "t",
      token_type: "Bearer"
    })
  })
})
