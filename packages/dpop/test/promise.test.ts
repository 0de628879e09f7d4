import {
  ConfigurationInvalid,
  type ProofMemoryUnavailable,
  type ProofRejection,
  type VerifiedProof
} from "@postern/dpop"
import { createNonces, createProofMemory, createProofVerifier, thumbprint } from "@postern/dpop/promise"
import * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import { jwk, prove, request } from "./fixture.ts"

// The clock is the real one here.
const fresh = (changes: object = {}) => prove({ iat: Math.floor(Date.now() / 1000), ...changes })

describe("createProofVerifier", () => {
  it("resolves to a Result", async () => {
    const { algorithms, verify } = createProofVerifier({ algorithms: ["ES256"] })
    expect(algorithms).toEqual(["ES256"])
    const proof = request(await fresh())
    const result = await verify(proof)
    expectTypeOf(result).toEqualTypeOf<Result.Result<VerifiedProof, ProofRejection | ProofMemoryUnavailable>>()
    expect(Result.getOrThrow(result)).toMatchObject({ id: "j1", thumbprint: await thumbprint(jwk) })
    expect(Result.getOrThrow(Result.flip(await verify(proof)))._tag).toBe("ProofReplayed")
  })

  it("throws for options that are wrong", () => {
    expect(() => createProofVerifier({ algorithms: [] })).toThrow(ConfigurationInvalid)
    expect(() => createNonces({ secret: new Uint8Array(1) })).toThrow(ConfigurationInvalid)
  })

  it("rejects with the signal's reason", async () => {
    const reason = new Error("stopped")
    const { verify } = createProofVerifier()
    await expect(verify(request(await fresh()), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it("gives the nonce to use and takes it back", async () => {
    const nonces = createNonces({ secret: crypto.getRandomValues(new Uint8Array(32)) })
    const { nonce, verify } = createProofVerifier({ nonces })
    expect(Result.getOrThrow(Result.flip(await verify(request(await fresh()))))).toMatchObject({
      _tag: "NonceRequired",
      reason: "absent",
      nonce: await nonce()
    })
    expect(Result.isSuccess(await verify(request(await fresh({ nonce: await nonce() }))))).toBe(true)
    expect(await createProofVerifier().nonce()).toBeUndefined()
  })
})

describe("createProofMemory", () => {
  it("is a memory over a function that waits", async () => {
    const ids = new Set<string>()
    const memory = createProofMemory(async (id) => {
      const outcome = ids.has(id) ? "seen" : "new"
      ids.add(id)
      return outcome
    })
    // Two instances of one server.
    const [one, two] = [createProofVerifier({ memory }), createProofVerifier({ memory })]
    const proof = request(await fresh())
    expect(Result.isSuccess(await one.verify(proof))).toBe(true)
    expect(Result.getOrThrow(Result.flip(await two.verify(proof)))._tag).toBe("ProofReplayed")
  })

  it("is a failure when the function throws or rejects", async () => {
    const cause = new Error("down")
    const throws = () => {
      throw cause
    }
    for (const remember of [() => Promise.reject(cause), throws]) {
      const { verify } = createProofVerifier({ memory: createProofMemory(remember) })
      expect(Result.getOrThrow(Result.flip(await verify(request(await fresh()))))).toMatchObject({
        _tag: "ProofMemoryUnavailable",
        cause
      })
    }
  })
})
