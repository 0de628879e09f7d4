import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  constantTimeEqual,
  decodeBase64Url,
  encodeBase64Url,
  randomBytes,
  RandomSource,
  randomText,
  sha256,
  sha256Text
} from "@postern/bytes"

const utf8 = (text: string) => new TextEncoder().encode(text)

describe("base64url", () => {
  it("has the values of RFC 4648 section 10, without padding", () => {
    const vectors: ReadonlyArray<readonly [string, string]> = [
      ["", ""],
      ["f", "Zg"],
      ["fo", "Zm8"],
      ["foo", "Zm9v"],
      ["foob", "Zm9vYg"],
      ["fooba", "Zm9vYmE"],
      ["foobar", "Zm9vYmFy"]
    ]
    for (const [plain, encoded] of vectors) {
      expect(encodeBase64Url(utf8(plain))).toBe(encoded)
      expect(decodeBase64Url(encoded)).toEqual(utf8(plain))
    }
  })

  it("uses the URL-safe letters", () => {
    expect(encodeBase64Url(Uint8Array.of(0xfb, 0xff))).toBe("-_8")
  })

  it("agrees with the platform for any bytes, and decodes what it encodes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encodeBase64Url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString("base64url"))
        expect(decodeBase64Url(text)).toEqual(new Uint8Array(bytes))
      })
    )
  })

  it.each(["Zg==", "Z", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9", "Zm9v\n", "Zm9é"])("refuses %j", (text) => {
    expect(decodeBase64Url(text)).toBeUndefined()
  })

  it("accepts no text but the canonical one", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const bytes = decodeBase64Url(text)
        if (bytes) expect(encodeBase64Url(bytes)).toBe(text)
      })
    )
  })
})

describe("sha256", () => {
  it("has the value of FIPS 180-4 for abc", async () => {
    const hash = await Effect.runPromise(sha256("abc"))
    expect(Buffer.from(hash).toString("hex")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    expect(await Effect.runPromise(sha256Text(utf8("abc")))).toBe(encodeBase64Url(hash))
  })
})

describe("random", () => {
  it("has the length that was asked for and does not repeat", async () => {
    expect(await Effect.runPromise(randomBytes(16))).toHaveLength(16)
    const texts = await Effect.runPromise(Effect.all(Array.from({ length: 1000 }, () => randomText())))
    expect(new Set(texts).size).toBe(1000)
    for (const text of texts) expect(text).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it("comes from the source that is provided", async () => {
    const fixed = randomText(3).pipe(Effect.provideService(RandomSource, (length) => new Uint8Array(length).fill(1)))
    expect(await Effect.runPromise(fixed)).toBe("AQEB")
  })
})

describe("constantTimeEqual", () => {
  it("is equality of bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (left, right) => {
        expect(constantTimeEqual(left, right)).toBe(Buffer.compare(left, right) === 0)
        expect(constantTimeEqual(left, new Uint8Array(left))).toBe(true)
      })
    )
  })
})
