import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  buildTokenRequest,
  decodeTokenRequest,
  parseParameters,
  type TokenRequest,
  type TokenRequestRejection
} from "@postern/messages"
import type { CodeVerifier } from "@postern/pkce"

// RFC 7636 appendix B
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

const decode = (body: string) => Result.flatMap(parseParameters(body), decodeTokenRequest)

const refused = (body: string) => {
  const decoded = decode(body)
  if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
  return decoded.failure
}

describe("decodeTokenRequest", () => {
  it("reads the exchange of a code", () => {
    const request = Result.getOrThrow(
      decode(
        `grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&code_verifier=${verifier}` +
          "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb&client_id=c1&resource=https%3A%2F%2Fmcp.example.com%2Fmcp&x=y"
      )
    )
    expect(request).toEqual({
      grantType: "authorization_code",
      code: "SplxlOBeZQQYbYS6WxSbIA",
      codeVerifier: verifier,
      redirectUri: "http://127.0.0.1:1/cb",
      clientId: "c1",
      resources: ["https://mcp.example.com/mcp"]
    })
    expectTypeOf(decodeTokenRequest).returns.toEqualTypeOf<Result.Result<TokenRequest, TokenRequestRejection>>()
    if (request.grantType === "authorization_code") expectTypeOf(request.codeVerifier).toEqualTypeOf<CodeVerifier>()
    if (request.grantType === "refresh_token") expectTypeOf(request.refreshToken).toEqualTypeOf<string>()
  })

  it("reads a refresh", () => {
    expect(
      Result.getOrThrow(decode("grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA&scope=a+b"))
    ).toEqual({
      grantType: "refresh_token",
      refreshToken: "tGzv3JOkF0XG5Qx2TlKWIA",
      scope: new Set(["a", "b"]),
      resources: []
    })
  })

  it("reads a request of a client for itself", () => {
    const body = "grant_type=client_credentials&scope=a+b&client_id=c1&resource=https%3A%2F%2Fmcp.example.com%2Fmcp"
    expect(Result.getOrThrow(decode(body))).toEqual({
      grantType: "client_credentials",
      scope: new Set(["a", "b"]),
      clientId: "c1",
      resources: ["https://mcp.example.com/mcp"]
    })
    expect(Result.getOrThrow(decode("grant_type=client_credentials&scope="))).toEqual({
      grantType: "client_credentials",
      resources: []
    })
  })

  it("serves three grants, spelt exactly so", () => {
    for (const grantType of [
      "password",
      "implicit",
      "Client_Credentials",
      "urn:ietf:params:oauth:grant-type:device_code",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
      "urn:ietf:params:oauth:grant-type:token-exchange",
      "unknown",
      "Authorization_Code"
    ]) {
      expect(refused(`grant_type=${encodeURIComponent(grantType)}`)).toMatchObject({
        _tag: "GrantTypeUnsupported",
        kind: "rejection",
        spec: "OAuth 2.1 section 3.2.4",
        message: "the grant_type is not authorization_code, refresh_token or client_credentials"
      })
    }
    for (const body of ["", "grant_type=", "code=x"]) {
      expect(refused(body)).toMatchObject({
        _tag: "ParameterMissing",
        parameter: "grant_type",
        spec: "OAuth 2.1 section 3.2.2"
      })
    }
  })

  it("needs what its grant needs", () => {
    const missing = (body: string) => {
      const failure = refused(body)
      if (failure._tag !== "ParameterMissing") throw new Error(failure._tag)
      return `${failure.parameter}, ${failure.spec}`
    }
    expect(missing(`grant_type=authorization_code&code_verifier=${verifier}`)).toBe("code, OAuth 2.1 section 4.1.3")
    expect(missing("grant_type=authorization_code&code=x")).toBe("code_verifier, OAuth 2.1 section 4.1.3")
    expect(missing("grant_type=authorization_code&code=x&code_verifier=")).toBe(
      "code_verifier, OAuth 2.1 section 4.1.3"
    )
    expect(missing("grant_type=refresh_token")).toBe("refresh_token, OAuth 2.1 section 4.3.1")
  })

  it("refuses values outside their grammar", () => {
    const code = `grant_type=authorization_code&code_verifier=${verifier}`
    expect(refused(`${code}&code=a%0D%0Ab`)).toMatchObject({ _tag: "ParameterInvalid", parameter: "code" })
    expect(refused(`${code}&code=x&client_id=%00`)).toMatchObject({ _tag: "ParameterInvalid", parameter: "client_id" })
    expect(refused(`${code}&code=x&resource=http%3A%2F%2Fmcp.example.com`)).toMatchObject({ _tag: "ResourceInvalid" })
    for (const wrong of [verifier.slice(1), `${verifier}%0A`, `${verifier}+`, "a".repeat(129)]) {
      expect(refused(`grant_type=authorization_code&code=x&code_verifier=${wrong}`)._tag).toBe("VerifierMalformed")
    }
    expect(refused(`${code}&code=x&code_verifier=${verifier}`)).toMatchObject({
      _tag: "ParameterRepeated",
      parameter: "code_verifier"
    })
    expect(refused("grant_type=refresh_token&refresh_token=%C3%A9")).toMatchObject({ parameter: "refresh_token" })
    expect(refused("grant_type=refresh_token&refresh_token=t&scope=a++b")._tag).toBe("ScopeMalformed")
    expect(refused("grant_type=client_credentials&scope=a++b")._tag).toBe("ScopeMalformed")
    expect(refused("grant_type=client_credentials&client_id=%00")._tag).toBe("ParameterInvalid")
    expect(refused("grant_type=client_credentials&resource=x")._tag).toBe("ResourceInvalid")
  })

  it("puts no code, verifier or token into a rejection", () => {
    for (const body of [
      "grant_type=authorization_code&code=hunter2%00&code_verifier=hunter2",
      "grant_type=authorization_code&code=hunter2&code_verifier=hunter2",
      "grant_type=refresh_token&refresh_token=hunter2%00"
    ]) {
      const failure = refused(body)
      expect(JSON.stringify(failure) + failure.message).not.toContain("hunter2")
    }
  })

  it("never throws", () => {
    const names = ["grant_type", "code", "code_verifier", "refresh_token", "scope", "resource", "client_id"]
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("authorization_code", "refresh_token", "client_credentials", verifier)
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), value)), (entries) => {
        Result.flatMap(parseParameters(new URLSearchParams(entries)), decodeTokenRequest)
      })
    )
  })
})

describe("buildTokenRequest", () => {
  it("writes a form body", () => {
    expect(
      buildTokenRequest({
        grantType: "authorization_code",
        code: "a/b+c",
        codeVerifier: verifier,
        redirectUri: "http://127.0.0.1:1/cb",
        clientId: "c1",
        resources: ["https://mcp.example.com/mcp"]
      }).toString()
    ).toBe(
      `grant_type=authorization_code&code=a%2Fb%2Bc&code_verifier=${verifier}` +
        "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb&client_id=c1&resource=https%3A%2F%2Fmcp.example.com%2Fmcp"
    )
    expect(buildTokenRequest({ grantType: "refresh_token", refreshToken: "t", scope: [] }).toString()).toBe(
      "grant_type=refresh_token&refresh_token=t"
    )
    expect(buildTokenRequest({ grantType: "client_credentials", scope: ["a", "b"], clientId: "c1" }).toString()).toBe(
      "grant_type=client_credentials&scope=a+b&client_id=c1"
    )
    expect(
      buildTokenRequest({
        grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: "a.b.c",
        scope: ["a"],
        clientId: "c1"
      }).toString()
    ).toBe("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c&scope=a&client_id=c1")
    expect([
      ...buildTokenRequest({
        grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
        subjectToken: "d.e.f",
        subjectTokenType: "urn:ietf:params:oauth:token-type:id_token",
        requestedTokenType: "urn:ietf:params:oauth:token-type:id-jag",
        audience: "https://as.example.com",
        resources: ["https://mcp.example.com/mcp"]
      })
    ]).toEqual([
      ["grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"],
      ["requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"],
      ["audience", "https://as.example.com"],
      ["subject_token", "d.e.f"],
      ["subject_token_type", "urn:ietf:params:oauth:token-type:id_token"],
      ["resource", "https://mcp.example.com/mcp"]
    ])
  })

  it("is read back as what it was built from", () => {
    const text = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1
    })
    const { codeVerifier } = ((): Extract<TokenRequest, { grantType: "authorization_code" }> => {
      const request = Result.getOrThrow(decode(`grant_type=authorization_code&code=x&code_verifier=${verifier}`))
      if (request.grantType !== "authorization_code") throw new Error("another grant")
      return request
    })()
    const { resources } = Result.getOrThrow(
      decode(
        "grant_type=refresh_token&refresh_token=t&resource=https%3A%2F%2Fa.example%2F&resource=https%3A%2F%2Fb.example%2F"
      )
    )
    const request: fc.Arbitrary<TokenRequest> = fc.oneof(
      fc.record(
        {
          grantType: fc.constant("authorization_code"),
          code: text,
          codeVerifier: fc.constant(codeVerifier),
          redirectUri: fc.string({ unit: "grapheme", minLength: 1 }),
          clientId: text,
          resources: fc.constantFrom([], resources)
        },
        { requiredKeys: ["grantType", "code", "codeVerifier", "resources"] }
      ),
      fc.record(
        {
          grantType: fc.constant("refresh_token"),
          refreshToken: text,
          scope: fc.constantFrom(new Set(["a", "b"]), new Set(["+"])),
          clientId: text,
          resources: fc.constantFrom([], resources)
        },
        { requiredKeys: ["grantType", "refreshToken", "resources"] }
      ),
      fc.record(
        {
          grantType: fc.constant("client_credentials"),
          scope: fc.constantFrom(new Set(["a", "b"]), new Set(["+"])),
          clientId: text,
          resources: fc.constantFrom([], resources)
        },
        { requiredKeys: ["grantType", "resources"] }
      )
    )
    fc.assert(
      fc.property(request, (sent) => {
        expect(Result.getOrThrow(decode(buildTokenRequest(sent).toString()))).toEqual(sent)
      })
    )
  })
})
