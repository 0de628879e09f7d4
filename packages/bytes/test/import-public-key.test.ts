import { generateKeyPair, importPublicKey } from "@postern/bytes"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makeImportPublicKey } from "../src/import-public-key.ts"

const ECDSA = { name: "ECDSA", namedCurve: "P-256" }
const run = Effect.runPromise
const { publicJwk } = await run(generateKeyPair("ES256"))
const other = await run(generateKeyPair("ES256"))
const offCurve = { ...publicJwk, y: String(other.publicJwk["y"]) }

describe("a public key", () => {
  it("off its curve, too short or of another algorithm is none", async () => {
    expect(await run(importPublicKey("ES256", publicJwk))).toMatchObject({ type: "public", usages: ["verify"] })
    expect(await run(importPublicKey("ES256", offCurve))).toBeUndefined()
    expect(await run(importPublicKey("ES256", { ...publicJwk, x: "AA" }))).toBeUndefined()
    expect(await run(importPublicKey("ES384", publicJwk))).toBeUndefined()
    expect(await run(importPublicKey("EdDSA", publicJwk))).toBeUndefined()
  })
})

describe("a platform that looks at a key no earlier than it verifies", () => {
  // Deno: the import of a point off the curve gives a key, and each use of that is an error.
  const credulous = () => {
    const asked: Array<unknown> = []
    const bad = new WeakSet<CryptoKey>()
    const subtle = {
      importKey: async (...values: Parameters<SubtleCrypto["importKey"]>) => {
        asked.push(values[1])
        try {
          return await crypto.subtle.importKey(...values)
        } catch {
          const { publicKey } = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"])
          bad.add(publicKey)
          return publicKey
        }
      },
      verify: async (...values: Parameters<SubtleCrypto["verify"]>) => {
        if (bad.has(values[1])) throw new TypeError("Invalid key format")
        return crypto.subtle.verify(...values)
      }
    } as Pick<SubtleCrypto, "importKey" | "verify">
    return { asked, importOn: makeImportPublicKey(() => subtle) }
  }

  it("gets each key tried at once, so that a peer's bad key is a rejection and no defect", async () => {
    const { importOn } = credulous()
    expect(await importOn("ES256", offCurve)).toBeUndefined()
    expect(await importOn("ES256", publicJwk)).toBeInstanceOf(CryptoKey)
    expect(await importOn("ES256", offCurve)).toBeUndefined()
  })

  it("is asked once which kind it is", async () => {
    const { asked, importOn } = credulous()
    for (const jwk of [publicJwk, publicJwk, offCurve]) await importOn("ES256", jwk)
    expect(asked).toHaveLength(4)
  })
})
