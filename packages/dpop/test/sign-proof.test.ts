import { decodeBase64Url } from "@postern/bytes"
import { generateProofKey, makeNonces, makeProofVerifier, type ProofKey, signProof, thumbprint } from "@postern/dpop"
import * as promises from "@postern/dpop/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from "jose"
import { describe, expect, it } from "vitest"
import { ATH, atNow, jwk, NOW, privateJwk, TOKEN, URL_OF_SERVER } from "./fixture.ts"

const { d = "", x = "", y = "" } = privateJwk
const key: ProofKey = {
  algorithm: "ES256",
  publicJwk: { kty: "EC", crv: "P-256", x, y },
  privateKey: { kty: "EC", crv: "P-256", x, y, d }
}

const request = { method: "POST", url: URL_OF_SERVER }

describe("signProof", () => {
  it("[XD1] says what RFC 9449 section 4.2 wants, and nothing else", async () => {
    const proof = await atNow(signProof(key, { ...request, accessToken: TOKEN, nonce: "n-1" }))
    expect(decodeProtectedHeader(proof)).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk: { ...jwk } })
    const { jti, ...rest } = decodeJwt(proof)
    expect(rest).toEqual({ htm: "POST", htu: "https://mcp.example.com/mcp", iat: NOW, ath: ATH, nonce: "n-1" })
    // 128 random bits.
    expect(jti).toMatch(/^[A-Za-z0-9_-]{22}$/)
    const { payload } = await jwtVerify(proof, EmbeddedJWK, { currentDate: new Date(NOW * 1000) })
    expect(payload["htm"]).toBe("POST")
  })

  it("is for the method and the URL without query and fragment, in its normal form", async () => {
    const claims = decodeJwt(
      await atNow(signProof(key, { method: "GET", url: "HTTPS://MCP.example.com:443/a/../%7emcp?tenant=1#x" }))
    )
    expect(claims).toMatchObject({ htm: "GET", htu: "https://mcp.example.com/~mcp" })
    expect(claims).not.toHaveProperty("ath")
    expect(claims).not.toHaveProperty("nonce")
    await expect(Effect.runPromise(signProof(key, { method: "GET", url: "/mcp" }))).rejects.toThrow("this is no URL")
  })

  it("[XD1] is another each time", async () => {
    const proofs = await Promise.all(Array.from({ length: 100 }, () => Effect.runPromise(signProof(key, request))))
    expect(new Set(proofs.map((proof) => decodeJwt(proof).jti)).size).toBe(100)
  })

  it("shows no private member, whatever stands in the key", async () => {
    const careless = { ...key, publicJwk: { ...key.publicJwk, d, kid: "k" } }
    const proof = await Effect.runPromise(signProof(careless, request))
    expect(decodeProtectedHeader(proof).jwk).toEqual({ kty: "EC", crv: "P-256", x, y })
    expect(new TextDecoder().decode(decodeBase64Url(proof.split(".")[0] ?? ""))).not.toContain(d)
  })

  it("is accepted by the verifier, with its binding and its nonce", async () => {
    const nonces = Result.getOrThrow(makeNonces({ secret: new Uint8Array(32) }))
    const verifier = Result.getOrThrow(makeProofVerifier({ nonces }))
    const program = Effect.gen(function* () {
      const made = yield* generateProofKey()
      const bound = yield* thumbprint(made.publicJwk)
      const nonce = yield* nonces.current
      const proof = yield* signProof(made, { ...request, accessToken: TOKEN, nonce })
      const verified = yield* verifier.verify({ ...request, proof, accessToken: TOKEN, thumbprint: bound })
      return verified.thumbprint === bound
    })
    expect(await Effect.runPromise(program)).toBe(true)
  })
})

describe("generateProofKey", () => {
  it.each(["ES256", "ES384", "Ed25519", "PS256"] as const)(
    "makes a key for %s that a store can write down",
    async (algorithm) => {
      const made = await Effect.runPromise(generateProofKey({ algorithm }))
      const read: ProofKey = JSON.parse(JSON.stringify(made))
      expect(read).toEqual(made)
      const proof = await Effect.runPromise(signProof(read, request))
      expect(await jwtVerify(proof, EmbeddedJWK)).toMatchObject({ protectedHeader: { alg: algorithm } })
      expect(await Effect.runPromise(thumbprint(made.publicJwk))).toBe(await calculateJwkThumbprint(made.publicJwk))
    }
  )

  it("[XD4] makes a key that cannot be read, where it is told", async () => {
    const made = await Effect.runPromise(generateProofKey({ extractable: false }))
    const { privateKey } = made
    if (!(privateKey instanceof CryptoKey)) throw new Error("the key can be read")
    expect(privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey("jwk", privateKey)).rejects.toThrow()
    const proof = await Effect.runPromise(signProof(made, request))
    expect(await jwtVerify(proof, EmbeddedJWK)).toMatchObject({ protectedHeader: { alg: "ES256" } })
  })

  it("makes another key each time", async () => {
    const [one, two] = await Promise.all(
      [generateProofKey(), generateProofKey()].map((made) => Effect.runPromise(made))
    )
    expect(one?.publicJwk).not.toEqual(two?.publicJwk)
  })
})

describe("a key that is none", () => {
  it("is a failure with its algorithm, and nothing of the key", async () => {
    const broken: ProofKey = { ...key, privateKey: { kty: "EC", crv: "P-256", x, y: x, d } }
    const failure = await Effect.runPromise(Effect.flip(signProof(broken, request)))
    expect(failure).toMatchObject({ _tag: "ProofKeyUnusable", kind: "failure", algorithm: "ES256" })
    expect(JSON.stringify(failure) + failure.message).not.toContain(d)
  })
})

describe("with Promises", () => {
  it("a key and a proof are values of a Result", async () => {
    const made = Result.getOrThrow(await promises.generateProofKey())
    const proof = Result.getOrThrow(await promises.signProof(made, request))
    expect(decodeJwt(proof)).toMatchObject({ htm: "POST", htu: URL_OF_SERVER })
  })
})
