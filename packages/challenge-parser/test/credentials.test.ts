import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import { type Credentials, CredentialsMalformed, type Flaw, parseCredentials } from "@postern/challenge-parser"

const parsed = (header: string | null | undefined) => Result.getOrThrow(parseCredentials(header))

describe("parseCredentials reads the examples of the standards:", () => {
  it("RFC 6750 section 2.1", () => {
    expect(parsed("Bearer mF_9.B5f-4.1JqM")).toEqual({ scheme: "bearer", token68: "mF_9.B5f-4.1JqM", parameters: [] })
  })

  it("RFC 7617 section 2", () => {
    expect(parsed("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")).toEqual({
      scheme: "basic",
      token68: "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
      parameters: []
    })
  })

  it("RFC 7616 section 3.9.1", () => {
    const credentials = parsed(
      'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, nc=00000001, qop=auth'
    )
    expect(credentials?.scheme).toBe("digest")
    expect(credentials?.parameters).toEqual([
      { name: "username", value: "Mufasa", form: "quoted" },
      { name: "realm", value: "http-auth@example.org", form: "quoted" },
      { name: "uri", value: "/dir/index.html", form: "quoted" },
      { name: "algorithm", value: "MD5", form: "token" },
      { name: "nc", value: "00000001", form: "token" },
      { name: "qop", value: "auth", form: "token" }
    ])
  })
})

describe("parseCredentials", () => {
  it.each([null, undefined, "", "  ", "\t"])("finds none in %j", (header) => {
    expect(parseCredentials(header)).toEqual(Result.succeed(undefined))
  })

  it.each(["bearer abc", "BEARER abc", "bEaReR abc", "Bearer   abc", " Bearer abc "])("reads %j", (header) => {
    expect(parsed(header)).toEqual({ scheme: "bearer", token68: "abc", parameters: [] })
  })

  it("reads a scheme alone, which lacks a token", () => {
    expect(parsed("Bearer")).toEqual({ scheme: "bearer", parameters: [] })
    expect(parsed("Bearer ")).toEqual({ scheme: "bearer", parameters: [] })
  })

  it("reads empty elements between parameters", () => {
    expect(parsed("Digest , a=1,,b=2,")?.parameters.map(({ name }) => name)).toEqual(["a", "b"])
  })

  it.each([
    ["two sets of credentials", "Bearer abc, Bearer def", "several"],
    ["the same twice", "Bearer abc, Bearer abc", "several"],
    ["two schemes", "Basic Zm9v, Bearer abc", "several"],
    ["a scheme after parameters", "Digest a=1, Bearer", "several"],
    ["a comma before", ", Bearer abc", "unexpected-character"],
    ["a comma before parameters", ",Digest a=1", "unexpected-character"],
    ["a comma after a token68", "Bearer abc,", "unexpected-character"],
    ["a comma after a scheme", "Bearer,", "unexpected-character"],
    ["a comma alone", ",", "unexpected-character"],
    ["two tokens", "Bearer abc def", "unexpected-character"],
    ["a tab after the scheme", "Bearer\tabc", "unexpected-character"],
    ["a line break", "Bearer abc\r\nCookie: a=b", "unexpected-character"],
    ["a NUL", "Bearer abc\0", "unexpected-character"],
    ["a letter that no token68 has", "Bearer ab\u00e9c", "unexpected-character"],
    ["an unquoted URL", "Digest uri=https://a.example/", "unexpected-character"],
    ["a quoted token", 'Bearer "abc"', "unexpected-character"],
    ["no scheme", "a=1", "parameter-unattached"],
    ["a quoted string that does not end", 'Digest a="1', "unclosed-quote"],
    ["a repeated parameter", "Digest a=1, A=2", "parameter-repeated"],
    ["300 parameters", `Digest ${Array.from({ length: 300 }, (_, index) => `p${index}=1`).join()}`, "too-many-elements"]
  ])("refuses %s", (_, header, reason) => {
    const error = Result.getOrThrow(Result.flip(parseCredentials(header)))
    expect(error).toBeInstanceOf(CredentialsMalformed)
    expect(error).toMatchObject({ _tag: "CredentialsMalformed", spec: "RFC 9110 section 11.4", reason })
    expect(error.message).toMatch(/^Authorization (has|holds) [a-z0-9 ]+$/)
    expect(error.message).not.toContain("abc")
  })

  it("refuses the two Authorization lines that Headers joins", () => {
    const headers = new Headers([
      ["authorization", "Bearer abc"],
      ["authorization", "Bearer def"]
    ])
    const error = Result.getOrThrow(Result.flip(parseCredentials(headers.get("authorization"))))
    expect(error).toMatchObject({ _tag: "CredentialsMalformed", reason: "several" })
  })

  it("reads back every token68, and never throws", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,40}={0,2}$/),
        fc.string({ unit: "binary" }),
        (token68, text) => {
          expect(parsed(`Bearer ${token68}`)).toEqual({ scheme: "bearer", token68, parameters: [] })
          const other = parseCredentials(text)
          if (Result.isFailure(other)) expect(other.failure._tag).toBe("CredentialsMalformed")
        }
      )
    )
  })

  it("has its type written out", () => {
    expectTypeOf(parseCredentials).returns.toEqualTypeOf<Result.Result<Credentials | undefined, CredentialsMalformed>>()
    expectTypeOf<CredentialsMalformed["reason"]>().toEqualTypeOf<Flaw | "parameter-repeated" | "several">()
  })
})
