import { RandomSource } from "@postern/bytes"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  CodeChallengeMalformed,
  ChallengeMethodUnsupported,
  check,
  type CodeChallenge,
  type CodeVerifier,
  createChallenge,
  createVerifier,
  parseChallenge,
  parseChallengeMethod,
  parseVerifier,
  VerifierMalformed,
  VerifierMismatch
} from "@postern/pkce"

// RFC 7636 appendix B
const octets = [
  116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191, 240, 91,
  88, 5, 88, 83, 132, 141, 121
]
const verifierText = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
const challengeText = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
const verifier = Result.getOrThrow(parseVerifier(verifierText))
const challenge = Result.getOrThrow(parseChallenge(challengeText))

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
const verifiers = fc.string({ unit: fc.constantFrom(...unreserved.split("")), minLength: 43, maxLength: 128 })

const refusal = <A, E>(result: Result.Result<A, E>): E => Result.getOrThrow(Result.flip(result))

describe("createVerifier", () => {
  it("encodes the octets of RFC 7636 appendix B as its verifier", async () => {
    const fixed = createVerifier().pipe(Effect.provideService(RandomSource, () => Uint8Array.from(octets)))
    expect(await Effect.runPromise(fixed)).toBe(verifierText)
  })

  it("asks for 32 random bytes", async () => {
    const lengths: Array<number> = []
    const source = (length: number) => {
      lengths.push(length)
      return new Uint8Array(length)
    }
    await Effect.runPromise(createVerifier().pipe(Effect.provideService(RandomSource, source)))
    expect(lengths).toEqual([32])
  })

  it("never gives the same verifier twice, and each is 43 base64url letters", async () => {
    const made = await Effect.runPromise(Effect.all(Array.from({ length: 1000 }, createVerifier)))
    expect(new Set(made).size).toBe(1000)
    for (const text of made) expect(text).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it("is a defect, not a weak verifier, when the random source gives too few bytes", async () => {
    const short = createVerifier().pipe(Effect.provideService(RandomSource, () => new Uint8Array(31)))
    const exit = await Effect.runPromiseExit(short)
    expect(Exit.hasDies(exit)).toBe(true)
  })
})

describe("createChallenge", () => {
  it("gives the challenge of RFC 7636 appendix B", async () => {
    expect(await Effect.runPromise(createChallenge(verifier))).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
  })

  it("gives a challenge that can be parsed and that its verifier passes, for every verifier", async () => {
    await fc.assert(
      fc.asyncProperty(verifiers, async (text) => {
        const parsed = Result.getOrThrow(parseVerifier(text))
        const made = await Effect.runPromise(createChallenge(parsed))
        expect(parseChallenge(made)).toEqual(Result.succeed(made))
        await Effect.runPromise(check({ verifier: parsed, challenge: made }))
      })
    )
  })
})

describe("check", () => {
  it("succeeds for the pair of RFC 7636 appendix B", async () => {
    expect(await Effect.runPromise(check({ verifier, challenge }))).toBeUndefined()
  })

  it.each([
    ["the challenge itself", challengeText],
    ["another verifier of 43 characters", "A".repeat(43)],
    ["the right verifier in upper case", verifierText.toUpperCase()],
    ["the right verifier in lower case", verifierText.toLowerCase()],
    ["the right verifier with a character added", `${verifierText}A`],
    ["the right verifier with its last character changed", `${verifierText.slice(0, 42)}l`]
  ])("refuses %s", async (_, text) => {
    const wrong = Result.getOrThrow(parseVerifier(text))
    const error = await Effect.runPromise(Effect.flip(check({ verifier: wrong, challenge })))
    expect(error).toBeInstanceOf(VerifierMismatch)
    expect(error).toMatchObject({
      _tag: "VerifierMismatch",
      kind: "rejection",
      spec: "RFC 7636 section 4.6",
      message: "the code verifier does not match the code challenge"
    })
  })

  it("refuses a challenge that differs in any one bit", async () => {
    const hash = Buffer.from(challengeText, "base64url")
    for (let bit = 0; bit < 256; bit++) {
      const changed = Buffer.from(hash)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      const other = Result.getOrThrow(parseChallenge(changed.toString("base64url")))
      expect(Exit.isFailure(await Effect.runPromiseExit(check({ verifier, challenge: other })))).toBe(true)
    }
  })

  it("refuses a text that the types did not keep out", async () => {
    for (const text of ["", verifierText, `${challengeText}=`, "plain"]) {
      // @ts-expect-error a text is no challenge before it is parsed
      const error = await Effect.runPromise(Effect.flip(check({ verifier, challenge: text })))
      expect(error._tag).toBe("VerifierMismatch")
    }
  })
})

describe("parseVerifier", () => {
  it("accepts 43 to 128 unreserved characters and returns the same text", () => {
    for (const text of [verifierText, "a".repeat(43), "~".repeat(128), unreserved]) {
      expect(parseVerifier(text)).toEqual(Result.succeed(text))
    }
  })

  it.each([0, 1, 42, 129, 100_000])("refuses %d characters for their length", (length) => {
    const error = refusal(parseVerifier("a".repeat(length)))
    expect(error).toBeInstanceOf(VerifierMalformed)
    expect(error).toMatchObject({ _tag: "VerifierMalformed", spec: "RFC 7636 section 4.1", reason: "length" })
    expect(error.message).toBe("the code verifier does not have 43 to 128 characters")
  })

  it.each(["\n", " ", "\r", "\0", "=", "+", "/", "%", "é", "\u2028", "٣"])("refuses the character %j", (character) => {
    for (const text of [verifierText + character, character + verifierText]) {
      const error = refusal(parseVerifier(text))
      expect(error).toMatchObject({ reason: "character", message: expect.not.stringContaining(verifierText) })
    }
  })

  it("accepts nothing but RFC 7636's grammar and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 140 }), verifiers), (text) => {
        const valid =
          text.length >= 43 && text.length <= 128 && Array.from(text).every((letter) => unreserved.includes(letter))
        expect(Result.isSuccess(parseVerifier(text))).toBe(valid)
      })
    )
  })
})

describe("parseChallenge", () => {
  it("accepts the 43 characters of a hash and returns the same text", () => {
    expect(parseChallenge(challengeText)).toEqual(Result.succeed(challengeText))
  })

  it.each([
    ["the empty text", "", "length"],
    ["42 characters", challengeText.slice(0, 42), "length"],
    ["44 characters", `${challengeText}A`, "length"],
    ["129 characters", "A".repeat(129), "length"],
    ["padding", `${challengeText}=`, "length"],
    ["padding in place of the last character", `${challengeText.slice(0, 42)}=`, "encoding"],
    ["a plus sign", `+${challengeText.slice(1)}`, "encoding"],
    ["a slash", `/${challengeText.slice(1)}`, "encoding"],
    ["a percent-encoded zero", `%00${challengeText.slice(3)}`, "encoding"],
    ["a zero", `\0${challengeText.slice(1)}`, "encoding"],
    ["a letter beyond ASCII", `é${challengeText.slice(1)}`, "encoding"],
    ["a line feed", `${challengeText.slice(0, 42)}\n`, "encoding"],
    ["a second spelling of the same hash", `${challengeText.slice(0, 42)}N`, "encoding"]
  ] as const)("refuses %s", (_, text, reason) => {
    const error = refusal(parseChallenge(text))
    expect(error).toBeInstanceOf(CodeChallengeMalformed)
    expect(error).toMatchObject({ _tag: "CodeChallengeMalformed", spec: "RFC 7636 section 4.2", reason })
    expect(error.message).toBe(
      reason === "length"
        ? "the code challenge does not have the 43 characters of an S256 challenge"
        : "the code challenge is not the base64url encoding of 32 bytes"
    )
  })

  it("accepts one text for each 32 bytes, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string({ maxLength: 45 }), (bytes, text) => {
        const encoded = Buffer.from(bytes).toString("base64url")
        expect(parseChallenge(encoded)).toEqual(Result.succeed(encoded))
        const other = parseChallenge(text)
        if (Result.isSuccess(other)) expect(Buffer.from(text, "base64url").toString("base64url")).toBe(text)
      })
    )
  })
})

describe("parseChallengeMethod", () => {
  it("accepts S256", () => {
    expect(parseChallengeMethod("S256")).toEqual(Result.succeed("S256"))
  })

  it.each(["plain", "s256", "S256 ", "", "S512", "PLAIN", "none"])("refuses %j", (text) => {
    const error = refusal(parseChallengeMethod(text))
    expect(error).toBeInstanceOf(ChallengeMethodUnsupported)
    expect(error).toMatchObject({ _tag: "ChallengeMethodUnsupported", spec: "RFC 7636 section 4.4.1", absent: false })
    expect(error.message).toBe("the code challenge method is not S256")
  })

  it("refuses an absent method, since it means plain", () => {
    const error = refusal(parseChallengeMethod(undefined))
    expect(error).toMatchObject({
      absent: true,
      message: "the code challenge method is absent, which means plain, and S256 is required"
    })
  })
})

describe("the types", () => {
  it("take a verifier and a challenge that were parsed or made, not texts, and not one for the other", () => {
    expectTypeOf<string>().not.toExtend<CodeVerifier>()
    expectTypeOf<string>().not.toExtend<CodeChallenge>()
    expectTypeOf<CodeVerifier>().not.toExtend<CodeChallenge>()
    expectTypeOf<CodeChallenge>().not.toExtend<CodeVerifier>()
    expectTypeOf<CodeVerifier>().toExtend<string>()
    expectTypeOf(createVerifier()).toEqualTypeOf<Effect.Effect<CodeVerifier>>()
    expectTypeOf(createChallenge).parameters.toEqualTypeOf<[verifier: CodeVerifier]>()
    expectTypeOf(check({ verifier, challenge })).toEqualTypeOf<Effect.Effect<void, VerifierMismatch>>()
    expectTypeOf(parseChallengeMethod("S256")).toEqualTypeOf<Result.Result<"S256", ChallengeMethodUnsupported>>()
  })
})
