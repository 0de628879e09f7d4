import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type Cipher,
  deriveCipher,
  encodeBase64Url,
  generateKeyPair,
  importPrivateKey,
  importPublicKey,
  makeCipher,
  sha256,
  sha256Text,
  signBytes,
  verifySignature
} from "@postern/bytes"
import { encodeLetters, findEncoder } from "../src/base64url.ts"
import { joinSignature } from "../src/ecdsa-signature.ts"
import { findSynchronousCrypto, SynchronousCrypto } from "../src/synchronous-crypto.ts"

const utf8 = new TextEncoder()
const surroundingsWith = (module: unknown) => ({ process: { getBuiltinModule: () => module } })
const found = findSynchronousCrypto(surroundingsWith(crypto))

/** As on a platform that does not hash in one call. */
const { hash: _, ...others } = crypto
const withoutHash = findSynchronousCrypto(surroundingsWith(others))

/** By the platform's synchronous functions, and by WebCrypto. */
const WAYS = { synchronous: found, web: undefined } as const
const by = <A>(way: keyof typeof WAYS, effect: Effect.Effect<A>): Promise<A> =>
  Effect.runPromise(Effect.provideService(effect, SynchronousCrypto, WAYS[way]))

const PAIRS = [
  ["synchronous", "web"],
  ["web", "synchronous"],
  ["synchronous", "synchronous"],
  ["web", "web"]
] as const

describe("the platform's synchronous functions", () => {
  it("are found where they are whole", () => {
    expect(found).toBe(crypto)
    expect(findSynchronousCrypto({})).toBeUndefined()
    expect(findSynchronousCrypto({ process: {} })).toBeUndefined()
    expect(findSynchronousCrypto(surroundingsWith(undefined))).toBeUndefined()
  })

  it("are left alone where one is missing, throws or answers wrong", () => {
    const names = ["createHash", "createCipheriv", "createDecipheriv", "createSecretKey", "createPrivateKey", "sign"]
    for (const name of names) {
      expect(findSynchronousCrypto(surroundingsWith({ ...crypto, [name]: undefined })), name).toBeUndefined()
    }
    const unfinished = () => {
      throw new Error("not implemented")
    }
    for (const name of names.slice(0, 4)) {
      expect(findSynchronousCrypto(surroundingsWith({ ...crypto, [name]: unfinished })), name).toBeUndefined()
    }
    const textAlone = (name: "sha256", data: string) => crypto.hash(name, data, "base64url")
    for (const other of [
      { createHash: () => crypto.createHash("sha512-256") },
      { hash: () => "" },
      { hash: textAlone }
    ]) {
      expect(findSynchronousCrypto(surroundingsWith({ ...crypto, ...other }))).toBeUndefined()
    }
  })

  it("hash as WebCrypto does, text and bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array()), async (input) => {
        const hash = await by("web", sha256(input))
        expect(await by("synchronous", sha256(input))).toEqual(hash)
        const text = encodeBase64Url(hash)
        expect(await by("web", sha256Text(input))).toBe(text)
        for (const platform of [found, withoutHash]) {
          const at = Effect.provideService(SynchronousCrypto, platform)
          expect(Effect.runSync(at(sha256Text(input)))).toBe(text)
          expect(Effect.runSync(at(sha256(input)))).toEqual(hash)
        }
      })
    )
  })

  it("answer before anything else runs", () => {
    const hash = Effect.provideService(sha256("abc"), SynchronousCrypto, found)
    expect(Effect.runSync(hash)).toHaveLength(32)
  })
})

describe("a cipher", () => {
  const nonce = new Uint8Array(12).fill(7)
  const purpose = utf8.encode("purpose")
  const secret = "s".repeat(43)
  const make = makeCipher(new Uint8Array(32).fill(3))

  it.each(PAIRS)("that encrypts by the %s way is opened by the %s way", async (one, other) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 20 }), async (text, data) => {
        for (const making of [deriveCipher(secret, "a purpose"), make]) {
          const [encrypting, decrypting]: [Cipher, Cipher] = [await by(one, making), await by(other, making)]
          const encrypted = await by(one, encrypting.encrypt(text, nonce, data))
          expect(encrypted).toEqual(await by(other, decrypting.encrypt(text, nonce, data)))
          expect(await by(other, decrypting.decrypt(encrypted, nonce, data))).toEqual(new Uint8Array(text))
        }
      }),
      { numRuns: 20 }
    )
  })

  it("encrypts a string as its UTF-8 bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 100 }), async (text) => {
        const cipher = { synchronous: await by("synchronous", make), web: await by("web", make) }
        const encrypted = await by("web", cipher.web.encrypt(utf8.encode(text), nonce, purpose))
        for (const way of ["synchronous", "web"] as const) {
          expect(await by(way, cipher[way].encrypt(text, nonce, purpose))).toEqual(encrypted)
        }
      }),
      { numRuns: 20 }
    )
  })

  it.each(["synchronous", "web"] as const)("opens nothing that is not whole, by the %s way", async (way) => {
    const cipher = await by(way, deriveCipher(secret, "a purpose"))
    const encrypted = await by(way, cipher.encrypt(utf8.encode("text"), nonce, purpose))
    const decrypt = (bytes: Uint8Array, at = nonce, data = purpose) => by(way, cipher.decrypt(bytes, at, data))
    expect(await decrypt(encrypted)).toEqual(utf8.encode("text"))
    for (let at = 0; at < encrypted.length; at++) {
      const changed = new Uint8Array(encrypted)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await decrypt(changed)).toBeUndefined()
      expect(await decrypt(encrypted.subarray(0, at))).toBeUndefined()
    }
    expect(await decrypt(encrypted, new Uint8Array(12))).toBeUndefined()
    expect(await decrypt(encrypted, new Uint8Array())).toBeUndefined()
    expect(await decrypt(encrypted, nonce, utf8.encode("another"))).toBeUndefined()
    for (const other of [deriveCipher(`${secret}s`, "a purpose"), deriveCipher(secret, "another")]) {
      expect(await by(way, (await by(way, other)).decrypt(encrypted, nonce, purpose))).toBeUndefined()
    }
  })

  it("has the key that NIST SP 800-56C section 4.1 derives, for a long secret as well", async () => {
    for (const long of [secret, "é".repeat(100)]) {
      const key = crypto.createHash("sha256").update("00000001", "hex").update(long).update("a purpose").digest()
      const [derived, made] = [await by("web", deriveCipher(long, "a purpose")), await by("web", makeCipher(key))]
      const encrypted = await by("web", made.encrypt(purpose, nonce, purpose))
      expect(await by("web", derived.encrypt(purpose, nonce, purpose))).toEqual(encrypted)
    }
  })

  it("does not change with the bytes that it was made of", async () => {
    for (const way of ["synchronous", "web"] as const) {
      const key = new Uint8Array(32).fill(3)
      const cipher = await by(way, makeCipher(key))
      const before = await by(way, cipher.encrypt(purpose, nonce, purpose))
      key.fill(0)
      expect(await by(way, cipher.encrypt(purpose, nonce, purpose))).toEqual(before)
    }
  })
})

describe("a signature", () => {
  it.each(["ES256", "ES384", "ES512", "EdDSA", "RS256", "PS256"] as const)(
    "with %s verifies whichever way imported the key and signed",
    async (algorithm) => {
      const data = utf8.encode("header.payload")
      const { privateJwk, publicJwk } = await by("web", generateKeyPair(algorithm))
      const publicKey = await by("web", importPublicKey(algorithm, publicJwk))
      if (publicKey === undefined) throw new Error("not imported")
      const lengths = new Set<number>()
      for (const [importing, signing] of PAIRS) {
        const key = await by(importing, importPrivateKey(algorithm, privateJwk))
        if (key === undefined) throw new Error("not imported")
        // Often enough for integers that are shorter than others.
        for (let times = 0; times < (algorithm === "ES256" ? 300 : 10); times++) {
          const signature = await by(signing, signBytes(algorithm, key, data))
          lengths.add(signature.length)
          expect(await by("web", verifySignature(algorithm, publicKey, signature, data))).toBe(true)
        }
      }
      expect(lengths.size).toBe(1)
    }
  )

  it("is asked for by the names of hashes that every platform knows", async () => {
    if (found === undefined) throw new Error("not found")
    const asked: Array<unknown> = []
    const watched: SynchronousCrypto = Object.assign({}, found, {
      sign: (...values: Parameters<SynchronousCrypto["sign"]>) => {
        asked.push(values[0])
        return found.sign(...values)
      }
    })
    for (const algorithm of ["ES256", "ES384", "ES512", "EdDSA"] as const) {
      const { privateJwk } = await by("web", generateKeyPair(algorithm))
      const key = await by("synchronous", importPrivateKey(algorithm, privateJwk))
      if (key === undefined) throw new Error("not imported")
      const signing = signBytes(algorithm, key, utf8.encode("x"))
      await Effect.runPromise(Effect.provideService(signing, SynchronousCrypto, watched))
    }
    expect(asked).toEqual(["sha256", "sha384", "sha512", undefined])
  })

  it("is made by WebCrypto where the platform reads no JWK", async () => {
    if (found === undefined) throw new Error("not found")
    const unable: SynchronousCrypto = Object.assign({}, found, {
      createPrivateKey: () => {
        throw new Error("not implemented")
      }
    })
    const { privateJwk } = await by("web", generateKeyPair("ES256"))
    const importing = Effect.provideService(importPrivateKey("ES256", privateJwk), SynchronousCrypto, unable)
    const key = await Effect.runPromise(importing)
    if (key === undefined) throw new Error("not imported")
    expect(await by("synchronous", signBytes("ES256", key, utf8.encode("x")))).toHaveLength(64)
  })

  it("is joined from integers of every length", () => {
    const sequence = (...integers: ReadonlyArray<ReadonlyArray<number>>): Uint8Array => {
      const contents = integers.flatMap((digits) => [0x02, digits.length, ...digits])
      return Uint8Array.from([0x30, ...(contents.length > 127 ? [0x81] : []), contents.length, ...contents])
    }
    expect([...joinSignature(sequence([1, 2], [3, 4]), 2)]).toEqual([1, 2, 3, 4])
    expect([...joinSignature(sequence([0, 0x80, 2], [3]), 2)]).toEqual([0x80, 2, 0, 3])
    expect([...joinSignature(sequence([0], [0, 0xff, 0xff]), 2)]).toEqual([0, 0, 0xff, 0xff])
    const long = Array.from({ length: 66 }, (_, index) => index + 1)
    expect([...joinSignature(sequence(long, long.slice(1)), 66)]).toEqual([...long, 0, ...long.slice(1)])
  })
})

describe("base64url", () => {
  it("is the same with and without the platform's encoder", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(encodeLetters(bytes)).toBe(encodeBase64Url(bytes))
        expect(encodeLetters(bytes)).toBe(Buffer.from(bytes).toString("base64url"))
      })
    )
    expect(encodeLetters(utf8.encode("xfoobx").subarray(1, 5))).toBe("Zm9vYg")
  })

  it("has of a string its UTF-8 bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const expected = encodeBase64Url(utf8.encode(text))
        expect(encodeBase64Url(text)).toBe(expected)
        expect(encodeLetters(text)).toBe(expected)
      })
    )
    expect(encodeBase64Url("\u00e9\ud800")).toBe("w6nvv70")
  })

  it("has an encoder of the platform's only where that knows this alphabet", () => {
    expect(findEncoder({})).toBeUndefined()
    expect(findEncoder(surroundingsWith({}))).toBeUndefined()
    expect(findEncoder(surroundingsWith({ Buffer }))?.(Uint8Array.of(0xfb, 0xff))).toBe("-_8")
    const other = { from: () => ({ toString: () => "+/8=" }) }
    expect(findEncoder(surroundingsWith({ Buffer: other }))).toBeUndefined()
  })
})
