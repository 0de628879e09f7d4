import * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import { type CodeChallenge, type CodeVerifier, parseVerifier, type VerifierMismatch } from "@postern/pkce"
import { check, createChallenge, createVerifier } from "@postern/pkce/promise"

const verifier = Result.getOrThrow(parseVerifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))

describe("the Promise face", () => {
  it("makes a verifier and its challenge, which the check passes", async () => {
    const made = Result.getOrThrow(await createVerifier())
    expect(made).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const challenge = Result.getOrThrow(await createChallenge(made))
    expect(Result.isSuccess(await check({ verifier: made, challenge }))).toBe(true)
  })

  it("gives the challenge of RFC 7636 appendix B", async () => {
    expect(await createChallenge(verifier)).toEqual(Result.succeed("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"))
  })

  it("resolves to the rejection of a wrong verifier", async () => {
    const other = Result.getOrThrow(await createVerifier())
    const challenge = Result.getOrThrow(await createChallenge(verifier))
    const result = await check({ verifier: other, challenge })
    expect(Result.isFailure(result) && result.failure._tag).toBe("VerifierMismatch")
  })

  it("rejects with the reason of an abort", async () => {
    const signal = AbortSignal.abort(new Error("enough"))
    const challenge = Result.getOrThrow(await createChallenge(verifier))
    await expect(createChallenge(verifier, { signal })).rejects.toThrow("enough")
    await expect(check({ verifier, challenge, signal })).rejects.toThrow("enough")
  })

  it("has its types written out", () => {
    expectTypeOf(createVerifier).returns.toEqualTypeOf<Promise<Result.Result<CodeVerifier>>>()
    expectTypeOf(createChallenge).returns.toEqualTypeOf<Promise<Result.Result<CodeChallenge>>>()
    expectTypeOf(check).returns.toEqualTypeOf<Promise<Result.Result<void, VerifierMismatch>>>()
  })
})
