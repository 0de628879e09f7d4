import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  BasicCredentialsMalformed,
  type ClientCredentials,
  decodeFormText,
  encodeFormText,
  formatBasicCredentials,
  parseBasicCredentials
} from "@postern/messages"

const reason = (base64: string) => {
  const parsed = parseBasicCredentials(base64)
  if (Result.isSuccess(parsed)) throw new Error("expected a rejection")
  expect(parsed.failure).toBeInstanceOf(BasicCredentialsMalformed)
  return parsed.failure.reason
}

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64")

describe("form-encoded text", () => {
  it("is the example of RFC 6749 appendix B", () => {
    expect(encodeFormText(" %&+£€")).toBe("+%25%26%2B%C2%A3%E2%82%AC")
    expect(decodeFormText("+%25%26%2B%C2%A3%E2%82%AC")).toBe(" %&+£€")
  })

  it("is also read as encodeURIComponent writes it", () => {
    expect(decodeFormText("%20%25~!'()*")).toBe(" %~!'()*")
  })

  it.each(["%", "%2", "%zz", "a b", "a&b", "a:b", "é", "%C3", "%FF", "\u0000"])("refuses %j", (text) => {
    expect(decodeFormText(text)).toBeUndefined()
  })

  it("never throws, and decodes what it encodes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), (text, other) => {
        expect(decodeFormText(encodeFormText(text))).toBe(text)
        decodeFormText(other)
        encodeFormText(other)
      })
    )
  })
})

describe("Basic credentials", () => {
  it("are the example of RFC 6749 section 2.3.1", () => {
    const credentials = { clientId: "s6BhdRkqt3", clientSecret: "7Fjfp0ZBr1KtDRbnfVdmIw" }
    const text = "czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"
    expect(formatBasicCredentials(credentials)).toBe(text)
    expect(Result.getOrThrow(parseBasicCredentials(text))).toEqual(credentials)
  })

  it("[CAU-06] are form-encoded inside, split at the first colon, and refused raw", () => {
    const credentials = { clientId: "a:b%c+d e&é", clientSecret: "é&e d+c%b:a" }
    const encoded = "a%3Ab%25c%2Bd+e%26%C3%A9:%C3%A9%26e+d%2Bc%25b%3Aa"
    expect(Buffer.from(formatBasicCredentials(credentials), "base64").toString("latin1")).toBe(encoded)
    expect(Result.getOrThrow(parseBasicCredentials(base64(encoded)))).toEqual(credentials)
    // Only percent: a space as %20.
    expect(Result.getOrThrow(parseBasicCredentials(base64(encoded.replaceAll("+", "%20"))))).toEqual(credentials)
    for (const raw of ["id:a:b", "id:a%b", "id:a b", "id:é", "id:a&b", "i d:s", "i&d:s", "ü:s", "100%:s"]) {
      expect(reason(base64(raw)), raw).toBe("encoding")
    }
    // A raw plus is a space to everyone who decodes: the secret is then another one.
    expect(Result.getOrThrow(parseBasicCredentials(base64("id:a+b"))).clientSecret).toBe("a b")
    expect(Result.getOrThrow(parseBasicCredentials(base64("id:")))).toEqual({ clientId: "id", clientSecret: "" })
  })

  it("are refused when they are not base64, have no identifier, or hold control characters", () => {
    for (const text of ["", "a", "abc", "YTpi\n", " YTpi", "YTpi=", "YT==pi", "Y_pi", "YTpié", "====", "YWE6Yg"]) {
      expect(reason(text), text).toBe("base64")
    }
    for (const text of ["id", ":secret", ":"]) expect(reason(base64(text)), text).toBe("colon")
    for (const text of ["id:a%00", "id%0D%0A:s", "id:%7F", "id:%C2%9B", "id:%FF"]) {
      expect(reason(base64(text)), text).toBe("encoding")
    }
  })

  it("say what is wrong without the secret", () => {
    const parsed = parseBasicCredentials(base64("id:hunter2&"))
    if (Result.isSuccess(parsed)) throw new Error("expected a rejection")
    expect(parsed.failure).toMatchObject({
      _tag: "BasicCredentialsMalformed",
      kind: "rejection",
      spec: "OAuth 2.1 section 2.4.1",
      message:
        "the client credentials are malformed: the identifier or the secret is not form-encoded (RFC 6749 appendix B)"
    })
    expect(JSON.stringify(parsed.failure)).not.toContain("hunter2")
  })

  it("never throw, and are read back as they were written", () => {
    const text = fc.string({ unit: "grapheme" }).filter((value) => !/\p{Cc}/u.test(value))
    fc.assert(
      fc.property(
        text.filter((id) => id !== ""),
        text,
        fc.string({ unit: "binary" }),
        (clientId, clientSecret, other) => {
          const credentials = { clientId, clientSecret }
          expect(Result.getOrThrow(parseBasicCredentials(formatBasicCredentials(credentials)))).toEqual(credentials)
          parseBasicCredentials(other)
        }
      )
    )
  })
})

it("parseBasicCredentials has its type written out", () => {
  expectTypeOf(parseBasicCredentials).returns.toEqualTypeOf<
    Result.Result<ClientCredentials, BasicCredentialsMalformed>
  >()
})
