import {
  type ConfigurationInvalid,
  makeNonces,
  makeProofVerifier,
  type ProofMemoryUnavailable,
  type ProofRejection,
  type ProofVerifier,
  type VerifiedProof
} from "@postern/dpop"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { exportJWK, generateKeyPair } from "jose"
import { describe, expect, expectTypeOf, it } from "vitest"
import { atNow, claims, encode, header, jwk, make, prove, request, sign } from "./fixture.ts"

describe("makeProofVerifier", () => {
  it("gives a verifier or a rejection, by its types", () => {
    expectTypeOf(makeProofVerifier).returns.toEqualTypeOf<Result.Result<ProofVerifier, ConfigurationInvalid>>()
    expectTypeOf<ProofVerifier["verify"]>().returns.toEqualTypeOf<
      Effect.Effect<VerifiedProof, ProofRejection | ProofMemoryUnavailable>
    >()
  })

  it("names what it accepts, in the order of the options", () => {
    expect(make().algorithms).toEqual(["ES256", "ES384", "ES512", "EdDSA", "Ed25519", "PS256", "RS256"])
    expect(make({ algorithms: ["PS256", "ES256"] }).algorithms).toEqual(["PS256", "ES256"])
  })

  it("has a nonce with nonces alone", async () => {
    expect(await atNow(make().nonce)).toBeUndefined()
    const nonces = Result.getOrThrow(makeNonces({ secret: new Uint8Array(32) }))
    expect(await atNow(make({ nonces }).nonce)).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it("refuses options that are wrong or not known", () => {
    const wrong: ReadonlyArray<readonly [key: string, value: unknown]> = [
      ["algorithms", []],
      ["algorithms", ["none"]],
      ["algorithms", ["HS256"]],
      ["algorithms", ["constructor"]],
      ["algorithms", ["ES256", "HS512"]],
      ["algorithms", "ES256"],
      ["toleranceSeconds", 0],
      ["toleranceSeconds", 301],
      ["toleranceSeconds", Number.NaN],
      ["toleranceSeconds", "300"],
      ["memory", {}],
      ["memory", null],
      ["memory", new Map()],
      ["nonces", {}],
      ["nonces", null],
      ["tolerance", 300]
    ]
    for (const [key, value] of wrong) {
      const refusal = Result.getOrThrow(Result.flip(makeProofVerifier({ [key]: value })))
      expect(refusal).toMatchObject({ _tag: "ConfigurationInvalid", key, spec: "RFC 9449 section 4.3" })
    }
  })

  it("keeps the keys of several clients apart when they come again", async () => {
    const { verify } = make({ memory: { remember: () => Effect.succeed("new") } })
    const pairs = await Promise.all(Array.from({ length: 20 }, () => generateKeyPair("ES256", { extractable: true })))
    const proofs = await Promise.all(
      pairs.map(async (pair) => sign({ ...header, jwk: await exportJWK(pair.publicKey) }, claims, pair.privateKey))
    )
    const prints: Array<ReadonlySet<string>> = []
    for (let round = 0; round < 3; round++) {
      const verified = await Promise.all(proofs.map((proof) => atNow(verify(request(proof)))))
      prints.push(new Set(verified.map(({ thumbprint }) => thumbprint)))
    }
    expect(prints[0]?.size).toBe(20)
    expect(prints[1]).toEqual(prints[0])
    expect(prints[2]).toEqual(prints[0])
  })
})

describe("any input", () => {
  const { verify } = make()
  const tagOf = (proof: string | null, more: object = {}) =>
    atNow(Effect.match(verify(request(proof, more)), { onSuccess: () => "accepted", onFailure: (error) => error._tag }))

  it("gives a rejection and never a defect, whatever the header holds", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.stringMatching(/^[A-Za-z0-9_-]{0,30}\.[A-Za-z0-9_-]{0,30}\.[A-Za-z0-9_-]{0,30}$/)
    )
    await fc.assert(
      fc.asyncProperty(text, async (proof) => {
        expect(await tagOf(proof)).toMatch(/^Proof(?:Invalid|Repeated)$/)
      }),
      { numRuns: 500 }
    )
  })

  it("gives a rejection and never a defect, whatever header and claims hold", async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom("POST", "ES256", "RS256", "EdDSA", "dpop+jwt")
    )
    const coordinate = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encode)
    const key = fc.oneof(
      value,
      fc.record({
        kty: fc.constantFrom("EC", "RSA", "OKP", "oct"),
        crv: value,
        x: value,
        y: value,
        n: value,
        e: value
      }),
      fc.record({ kty: fc.constant("EC"), crv: fc.constant("P-256"), x: coordinate, y: coordinate }),
      fc.constant(jwk)
    )
    const headers = fc.record({
      typ: fc.oneof({ weight: 9, arbitrary: fc.constant("dpop+jwt") }, value),
      alg: value,
      jwk: key
    })
    const payloads = fc.record(
      { htm: value, htu: fc.oneof(value, fc.webUrl()), iat: value, jti: value, ath: value, nonce: value },
      { requiredKeys: [] }
    )
    await fc.assert(
      fc.asyncProperty(headers, payloads, async (head, body) => {
        const proof = `${encode(head)}.${encode({ ...claims, ...body })}.${"A".repeat(86)}`
        expect(await tagOf(proof)).toBe("ProofInvalid")
      }),
      { numRuns: 500 }
    )
  })

  it("gives a rejection and never a defect, whatever the request is", async () => {
    const proof = await prove()
    const urls = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl())
    await fc.assert(
      fc.asyncProperty(fc.string(), urls, async (method, url) => {
        expect(await tagOf(proof, { method, url })).toBe("ProofInvalid")
      }),
      { numRuns: 300 }
    )
  })
})
