import {
  generateKeyPair,
  importPrivateKey,
  importPublicKey,
  publicJwkOf,
  signBytes,
  verifySignature
} from "@postern/bytes"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"

const run = Effect.runPromise
const data = new TextEncoder().encode("header.payload")

describe("signing", () => {
  it.each([
    ["ES256", 64],
    ["ES384", 96],
    ["EdDSA", 64],
    ["RS256", 256],
    ["PS256", 256]
  ] as const)(
    "with %s gives %i bytes that the public half verifies, and no other key does",
    async (algorithm, length) => {
      const { privateJwk, publicJwk } = await run(generateKeyPair(algorithm))
      expect(publicJwkOf(algorithm, { ...privateJwk, key_ops: ["sign"], kid: "k" })).toEqual(publicJwk)
      const privateKey = await run(importPrivateKey(algorithm, privateJwk))
      const publicKey = await run(importPublicKey(algorithm, publicJwk))
      const stranger = await run(importPublicKey(algorithm, (await run(generateKeyPair(algorithm))).publicJwk))
      if (privateKey === undefined || publicKey === undefined || stranger === undefined) throw new Error("not imported")
      expect(privateKey.extractable).toBe(false)
      const signature = await run(signBytes(algorithm, privateKey, data))
      expect(signature).toHaveLength(length)
      expect(await run(verifySignature(algorithm, publicKey, signature, data))).toBe(true)
      expect(await run(verifySignature(algorithm, stranger, signature, data))).toBe(false)
    }
  )

  it("has no private member in a public half, and imports nothing of another algorithm's", async () => {
    const { privateJwk } = await run(generateKeyPair("RS256"))
    expect(Object.keys(publicJwkOf("RS256", privateJwk)).sort()).toEqual(["e", "kty", "n"])
    expect(await run(importPrivateKey("ES256", privateJwk))).toBeUndefined()
    expect(await run(importPrivateKey("RS256", publicJwkOf("RS256", privateJwk)))).toBeUndefined()
  })
})
