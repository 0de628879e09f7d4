import {
  ChallengeUnrepresentable,
  type DpopChallengeOptions,
  findDpopChallenge,
  formatDpopChallenge,
  parseChallenges
} from "@postern/challenge-parser"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"

const refusal = <E>(result: Result.Result<unknown, E>): E => Result.getOrThrow(Result.flip(result))

describe("formatDpopChallenge", () => {
  it("writes the challenges of RFC 9449 section 7.1", () => {
    expect(formatDpopChallenge({ algs: ["ES256", "PS256"] })).toEqual(Result.succeed('DPoP algs="ES256 PS256"'))
    expect(
      formatDpopChallenge({
        error: "invalid_token",
        errorDescription: "Invalid DPoP key binding",
        algs: ["ES256"]
      })
    ).toEqual(Result.succeed('DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256"'))
  })

  it("writes every parameter that it knows", () => {
    expect(
      formatDpopChallenge({
        realm: "r",
        error: "use_dpop_nonce",
        errorDescription: "d",
        errorUri: "https://a.example/e",
        scope: ["notes:read", "notes:write"],
        resourceMetadata: "https://a.example/.well-known/oauth-protected-resource/mcp",
        algs: ["ES256", "Ed25519"]
      })
    ).toEqual(
      Result.succeed(
        'DPoP realm="r", error="use_dpop_nonce", error_description="d", error_uri="https://a.example/e", scope="notes:read notes:write", resource_metadata="https://a.example/.well-known/oauth-protected-resource/mcp", algs="ES256 Ed25519"'
      )
    )
  })

  it("leaves out what is absent, and algs and a scope without members", () => {
    expect(formatDpopChallenge({})).toEqual(Result.succeed("DPoP"))
    expect(formatDpopChallenge({ algs: [], scope: [], realm: undefined })).toEqual(Result.succeed("DPoP"))
    expect(formatDpopChallenge({ algs: [], error: "invalid_dpop_proof" })).toEqual(
      Result.succeed('DPoP error="invalid_dpop_proof"')
    )
  })

  it("writes an algorithm once that is given twice, in the order of its first place", () => {
    expect(formatDpopChallenge({ algs: ["PS256", "ES256", "PS256"] })).toEqual(
      Result.succeed('DPoP algs="PS256 ES256"')
    )
  })

  it.each([
    ["algs", { algs: [""] }],
    ["algs", { algs: ["ES256", ""] }],
    ["algs", { algs: ["ES256 none"] }],
    ["algs", { algs: ['ES256", error="x'] }],
    ["algs", { algs: ["ES256\\"] }],
    ["algs", { algs: ["ES256\r\nSet-Cookie: a=1"] }],
    ["algs", { algs: ["\u00e9"] }],
    ["scope", { algs: ["ES256"], scope: ['a"b'] }],
    ["error", { algs: ["ES256"], error: 'a"b' }],
    ["error_description", { errorDescription: "bad\r\nSet-Cookie: a=1" }],
    ["resource_metadata", { resourceMetadata: 'https://a.example/", scope="admin' }]
  ])("refuses a %s that it may not have: %j", (parameter, options) => {
    const error = refusal(formatDpopChallenge(options))
    expect(error).toBeInstanceOf(ChallengeUnrepresentable)
    expect(error).toMatchObject({ reason: "parameter-value", parameter })
  })

  it("cannot be made to write anything that does not read back as it went in", () => {
    const words = fc.oneof(fc.constantFrom("ES256", "https://a.example/m"), fc.string({ maxLength: 6 }))
    const word = fc.option(words, { nil: undefined })
    const list = fc.option(fc.array(words, { maxLength: 3 }), { nil: undefined })
    const options: fc.Arbitrary<DpopChallengeOptions> = fc.record({
      error: word,
      errorDescription: word,
      scope: list,
      resourceMetadata: word,
      algs: list
    })
    let written = 0
    fc.assert(
      fc.property(options, (given) => {
        const result = formatDpopChallenge(given)
        if (Result.isFailure(result)) return
        written++
        const { algs, scope, ...texts } = given
        const expected: Record<string, unknown> = { ...texts, scheme: "dpop", unquoted: [] }
        if (scope && scope.length > 0) expected["scope"] = [...new Set(scope)].join(" ")
        if (algs && algs.length > 0) expected["algs"] = [...new Set(algs)].join(" ")
        const read = Result.getOrThrow(Result.flatMap(parseChallenges(result.success), findDpopChallenge))
        expect(read).toEqual(expected)
      }),
      { numRuns: 3000 }
    )
    expect(written).toBeGreaterThan(50)
  })

  it("gives a text or a rejection, by its type, and takes no other scheme", () => {
    expectTypeOf(formatDpopChallenge).returns.toEqualTypeOf<Result.Result<string, ChallengeUnrepresentable>>()
    const options = { scheme: "Bearer" }
    expect(formatDpopChallenge(options as {})).toEqual(Result.succeed("DPoP"))
  })
})
