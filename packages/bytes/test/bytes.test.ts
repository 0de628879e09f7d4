import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
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
import { growth } from "../../../tests/growth.ts"

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

  it.each(["Zg==", "Z", "A", "AAAAA", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9", "Zm9v\n", "Zm9é"])("refuses %j", (text) => {
    expect(decodeBase64Url(text)).toBeUndefined()
  })

  it("reads a view of a larger buffer from where it begins", () => {
    expect(encodeBase64Url(utf8("xfoox").subarray(1, 4))).toBe("Zm9v")
  })

  it("never throws, and accepts no text but the canonical one", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."ABQZagw019-_=+/ é".split("")), maxLength: 12 })
    fc.assert(
      fc.property(fc.oneof(letters, fc.string({ unit: "binary", maxLength: 12 })), (text) => {
        const bytes = decodeBase64Url(text)
        if (bytes) expect(encodeBase64Url(bytes)).toBe(text)
      })
    )
  })
})

describe("base64url takes time", () => {
  it("that grows with the length and not with its square", async () => {
    const bytes = (length: number) => new Uint8Array(length).fill(0xa5)
    const roundTrip = (input: Uint8Array) => decodeBase64Url(encodeBase64Url(input))
    expect(roundTrip(bytes(30_000))).toHaveLength(30_000)
    expect(await growth(8_000, bytes, roundTrip)).toBeLessThan(12)
  })
})

describe("sha256", () => {
  it.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ],
    // One letter, two bytes of UTF-8.
    ["\u00e9", "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"]
  ])("has the published value for %j", async (text, expected) => {
    expect(Buffer.from(await Effect.runPromise(sha256(text))).toString("hex")).toBe(expected)
    expect(Buffer.from(await Effect.runPromise(sha256(utf8(`x${text}x`).subarray(1, -1)))).toString("hex")).toBe(
      expected
    )
  })

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
    // Each byte is given out once, whatever was drawn together.
    const pieces = await Effect.runPromise(Effect.all(Array.from({ length: 1000 }, (_, index) => randomBytes(index))))
    const long = pieces.flatMap((bytes) => (bytes.length < 16 ? [] : [encodeBase64Url(bytes.subarray(0, 16))]))
    expect(new Set(long).size).toBe(984)
    expect((await Effect.runPromise(randomBytes(65_536))).subarray(-64).some((byte) => byte > 0)).toBe(true)
    for (const text of texts) expect(text).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it("comes from the source that is provided", async () => {
    const fixed = randomText(3).pipe(Effect.provideService(RandomSource, (length) => new Uint8Array(length).fill(1)))
    expect(await Effect.runPromise(fixed)).toBe("AQEB")
  })

  it("cannot fail and needs nothing, by its type", () => {
    expectTypeOf(randomBytes).returns.toEqualTypeOf<Effect.Effect<Uint8Array>>()
    expectTypeOf(randomText).returns.toEqualTypeOf<Effect.Effect<string>>()
    expectTypeOf(sha256Text).returns.toEqualTypeOf<Effect.Effect<string>>()
    expectTypeOf(decodeBase64Url).returns.toEqualTypeOf<Uint8Array<ArrayBuffer> | undefined>()
  })
})

describe("constantTimeEqual", () => {
  it("reads every byte of both, wherever they differ", () => {
    const counted = (bytes: Uint8Array) => {
      let reads = 0
      const view = new Proxy(bytes, {
        get: (target, key) => {
          if (typeof key === "string" && /^\d+$/.test(key)) reads++
          return Reflect.get(target, key, target) as unknown
        }
      })
      return { view, reads: () => reads }
    }
    for (const place of [0, 15, 31]) {
      const left = counted(new Uint8Array(32))
      const right = counted(new Uint8Array(32).fill(1, place, place + 1))
      expect(constantTimeEqual(left.view, right.view)).toBe(false)
      expect([left.reads(), right.reads()]).toEqual([32, 32])
    }
  })

  it("tells a prefix from the whole", () => {
    expect(constantTimeEqual(new Uint8Array(0), Uint8Array.of(1))).toBe(false)
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false)
  })

  it("is equality of bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (left, right) => {
        expect(constantTimeEqual(left, right)).toBe(Buffer.compare(left, right) === 0)
        expect(constantTimeEqual(left, new Uint8Array(left))).toBe(true)
      })
    )
  })
})
