import { decodeBase64Url, encodeBase64Url } from "@postern/bytes"
import { exportJWK, generateKeyPair } from "jose"
import { describe, expect, it } from "vitest"
import { accept, claims, header, jwk, privateJwk, prove, reasonOf, sign } from "./fixture.ts"

const PKCS1 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }

const rsa = async (modulusLength: number, publicExponent = Uint8Array.of(1, 0, 1)) => {
  const pair = await crypto.subtle.generateKey({ ...PKCS1, modulusLength, publicExponent }, true, ["sign", "verify"])
  return { pair, jwk: await exportJWK(pair.publicKey) }
}

const proveWith = (key: unknown, privateKey: CryptoKey) =>
  sign({ ...header, alg: "RS256", jwk: key }, claims, privateKey, "RSASSA-PKCS1-v1_5")

const strong = await rsa(2048)

describe("the key of a proof", () => {
  it("is an object with the members of its type", async () => {
    for (const key of [
      undefined,
      null,
      "x",
      1,
      [],
      [jwk],
      {},
      { kty: "EC" },
      { ...jwk, kty: "ec" },
      { ...jwk, kty: ["EC"] }
    ]) {
      expect(await reasonOf(await prove({}, { jwk: key }))).toBe("key")
    }
    for (const name of ["kty", "crv", "x", "y"] as const) {
      expect(await reasonOf(await prove({}, { jwk: { ...jwk, [name]: undefined } }))).toBe("key")
      expect(await reasonOf(await prove({}, { jwk: { ...jwk, [name]: 1 } }))).toBe("key")
    }
  })

  it("has no private or symmetric member, whatever it holds", async () => {
    expect(await reasonOf(await prove({}, { jwk: privateJwk }))).toBe("key")
    for (const name of ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]) {
      expect(await reasonOf(await prove({}, { jwk: { ...jwk, [name]: "AA" } }))).toBe("key")
      expect(await reasonOf(await prove({}, { jwk: { ...jwk, [name]: null } }))).toBe("key")
    }
    const privateRsa = await exportJWK(strong.pair.privateKey)
    expect(await reasonOf(await proveWith(privateRsa, strong.pair.privateKey))).toBe("key")
  })

  it("is of the type and the curve of the algorithm", async () => {
    expect(await reasonOf(await prove({}, { alg: "RS256" }))).toBe("key")
    expect(await reasonOf(await prove({}, { alg: "ES384" }))).toBe("key")
    expect(await reasonOf(await prove({}, { alg: "EdDSA" }))).toBe("key")
    expect(await reasonOf(await prove({}, { jwk: { ...jwk, crv: "P-384" } }))).toBe("key")
    expect(await reasonOf(await prove({}, { jwk: { ...jwk, crv: "secp256k1" } }))).toBe("key")
    expect(await reasonOf(await prove({}, { jwk: strong.jwk }))).toBe("key")
    expect(await reasonOf(await prove({}, { jwk: { kty: "oct" } }))).toBe("key")
  })

  it("is not for another algorithm or another use by what it says", async () => {
    for (const more of [
      { alg: "ES384" },
      { alg: "none" },
      { alg: 1 },
      { use: "enc" },
      { use: null },
      { key_ops: ["sign"] },
      { key_ops: "verify" },
      { key_ops: [] }
    ]) {
      expect(await reasonOf(await prove({}, { jwk: { ...jwk, ...more } }))).toBe("key")
    }
    expect((await accept(await prove({}, { jwk: { ...jwk, alg: "ES256", use: "sig", key_ops: ["verify"] } }))).id).toBe(
      "j1"
    )
  })

  it("is a point of its curve, each coordinate of full length in the one spelling", async () => {
    const x = String(jwk.x)
    const bytes = decodeBase64Url(x) ?? new Uint8Array()
    for (const wrong of [
      encodeBase64Url(Uint8Array.of(0, ...bytes)),
      encodeBase64Url(bytes.slice(1)),
      `${x}=`,
      `${x}A`,
      "",
      encodeBase64Url(new Uint8Array(32)),
      encodeBase64Url(new Uint8Array(32).fill(255))
    ]) {
      expect(await reasonOf(await prove({}, { jwk: { ...jwk, x: wrong } }))).toBe("key")
    }
    expect(await reasonOf(await prove({}, { jwk: { ...jwk, y: x } }))).toBe("key")
    const short = { kty: "OKP", crv: "Ed25519", x: encodeBase64Url(new Uint8Array(31)) }
    expect(await reasonOf(await prove({}, { alg: "EdDSA", jwk: short }))).toBe("key")
    const other = { kty: "OKP", crv: "X25519", x }
    expect(await reasonOf(await prove({}, { alg: "EdDSA", jwk: other }))).toBe("key")
  })

  it("is an RSA key of 2048 to 4096 bits", async () => {
    expect((await accept(await proveWith(strong.jwk, strong.pair.privateKey))).id).toBe("j1")
    for (const bits of [1024, 2040]) {
      const weak = await rsa(bits)
      expect(await reasonOf(await proveWith(weak.jwk, weak.pair.privateKey))).toBe("key")
    }
    // Nobody has to have the private key for a signature to cost time.
    const n = encodeBase64Url(new Uint8Array(513).fill(255))
    expect(await reasonOf(await proveWith({ ...strong.jwk, n }, strong.pair.privateKey))).toBe("key")
  })

  it("is an RSA key whose exponent is odd, over 1 and at most four bytes", async () => {
    const long = encodeBase64Url(Uint8Array.of(1, 0, 0, 0, 1))
    for (const e of ["AQ", "Ag", "AAEAAQ", "", "AQAB=", long, strong.jwk.n, 65537]) {
      expect(await reasonOf(await proveWith({ ...strong.jwk, e }, strong.pair.privateKey))).toBe("key")
    }
    const n = encodeBase64Url(Uint8Array.of(0, ...(decodeBase64Url(String(strong.jwk.n)) ?? [])))
    expect(await reasonOf(await proveWith({ ...strong.jwk, n }, strong.pair.privateKey))).toBe("key")
  })

  it("is known by both names of Ed25519", async () => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true })
    const key = { ...(await exportJWK(publicKey)), alg: "EdDSA" }
    const proof = await sign({ ...header, alg: "Ed25519", jwk: key }, claims, privateKey, "Ed25519")
    expect((await accept(proof)).id).toBe("j1")
  })

  it("is not looked up anywhere the header names", async () => {
    const more = { jku: "https://evil.example/jwks", x5u: "https://evil.example/x5u", kid: "k1", x5c: ["MIIB"] }
    expect((await accept(await prove({}, more))).id).toBe("j1")
    expect(await reasonOf(await prove({}, { ...more, jwk: undefined }))).toBe("key")
  })
})
