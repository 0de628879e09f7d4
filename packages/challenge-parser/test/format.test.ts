import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  type BearerChallengeOptions,
  ChallengeUnrepresentable,
  findBearerChallenge,
  findDpopChallenge,
  formatBearerChallenge,
  formatChallenge,
  parseChallenges
} from "@postern/challenge-parser"

const parsed = (header: string) => Result.getOrThrow(parseChallenges(header))
const refusal = <A>(result: Result.Result<A, ChallengeUnrepresentable>) => Result.getOrThrow(Result.flip(result))

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        "\\",
        ",",
        " ",
        "=",
        "\r\nSet-Cookie: a=b",
        "\n",
        "\0",
        'x", resource_metadata="https://evil.example'
      ),
      fc.string({ maxLength: 4, unit: "binary" }),
      fc.string({ maxLength: 4 })
    ),
    { maxLength: 6 }
  )
  .map((pieces) => pieces.join(""))

describe("formatChallenge", () => {
  it("writes every value as a quoted string and keeps the case of scheme and names", () => {
    const challenge = {
      scheme: "Newauth",
      parameters: [
        { name: "Realm", value: "apps" },
        { name: "type", value: "1" }
      ]
    }
    expect(formatChallenge(challenge)).toEqual(Result.succeed('Newauth Realm="apps", type="1"'))
  })

  it("escapes quotation marks and backslashes and nothing else", () => {
    const challenge = { scheme: "Basic", parameters: [{ name: "realm", value: String.raw`a"b\c, d=e` }] }
    expect(formatChallenge(challenge)).toEqual(Result.succeed(String.raw`Basic realm="a\"b\\c, d=e"`))
  })

  it("writes a token68, a scheme alone and an empty value", () => {
    expect(formatChallenge({ scheme: "Negotiate", token68: "abc/+==" })).toEqual(Result.succeed("Negotiate abc/+=="))
    expect(formatChallenge({ scheme: "Negotiate" })).toEqual(Result.succeed("Negotiate"))
    expect(formatChallenge({ scheme: "Basic", parameters: [{ name: "realm", value: "" }] })).toEqual(
      Result.succeed('Basic realm=""')
    )
  })

  it.each(["", "Bea rer", "Bearer,", 'Bearer"', "Bearer\r\n", "B\u00e9", "Bearer=", "Bearer realm"])(
    "refuses the scheme %j",
    (scheme) => {
      const error = refusal(formatChallenge({ scheme }))
      expect(error).toBeInstanceOf(ChallengeUnrepresentable)
      expect(error).toMatchObject({
        _tag: "ChallengeUnrepresentable",
        kind: "rejection",
        spec: "RFC 9110 section 11.3",
        reason: "scheme",
        message: "the scheme cannot be written into a challenge"
      })
    }
  )

  it.each(["", "=", "a b", "a=b", "a,", 'a"', "a\r\n", "a\u00e9", "a, Basic realm=x"])(
    "refuses the token68 %j",
    (token68) => {
      expect(refusal(formatChallenge({ scheme: "Negotiate", token68 }))).toMatchObject({
        reason: "token68",
        message: "the token68 cannot be written into a challenge"
      })
    }
  )

  it("refuses a token68 beside parameters", () => {
    const challenge = { scheme: "Negotiate", token68: "abc", parameters: [{ name: "a", value: "b" }] }
    expect(refusal(formatChallenge(challenge))).toMatchObject({ reason: "token68" })
  })

  it.each(["", "a b", 'a="b", c', "a=", "a\r\n", "a\u00e9", "a:"])(
    "refuses the parameter name %j and does not repeat it",
    (name) => {
      const error = refusal(formatChallenge({ scheme: "Bearer", parameters: [{ name, value: "x" }] }))
      expect(error).toMatchObject({
        reason: "parameter-name",
        message: "the parameter name cannot be written into a challenge"
      })
      expect(error.parameter).toBeUndefined()
    }
  )

  it.each(["a\r\nSet-Cookie: a=b", "\n", "\0", "\t", "\u001b[2J", "\u007f", "\u0080", "\u00e9", "\u2028"])(
    "refuses the value %j",
    (value) => {
      expect(refusal(formatChallenge({ scheme: "Bearer", parameters: [{ name: "Realm", value }] }))).toMatchObject({
        reason: "parameter-value",
        parameter: "realm",
        message: "the parameter value cannot be written into a challenge"
      })
    }
  )

  it("refuses a name twice, whatever its case", () => {
    const parameters = [
      { name: "scope", value: "a" },
      { name: "SCOPE", value: "a" }
    ]
    expect(refusal(formatChallenge({ scheme: "Bearer", parameters }))).toMatchObject({
      reason: "parameter-repeated",
      parameter: "scope",
      message: "the challenge would have the same parameter more than once"
    })
  })

  it("writes 256 parameters, which read back, and refuses more, which would not", () => {
    const of = (length: number) =>
      formatChallenge({
        scheme: "Bearer",
        parameters: Array.from({ length }, (_, at) => ({ name: `p${at}`, value: "x" }))
      })
    const most = Result.getOrThrow(of(256))
    expect(Result.getOrThrow(parseChallenges(most))[0]?.parameters).toHaveLength(256)
    expect(refusal(of(257))).toMatchObject({
      _tag: "ChallengeUnrepresentable",
      reason: "too-many-parameters",
      message: "the challenge would have more than 256 parameters"
    })
    expect(Result.isFailure(parseChallenges(`${most}, p256="x"`))).toBe(true)
  })

  it("cannot be made to write anything that does not read back as it went in", () => {
    const names = fc.oneof(fc.constantFrom("realm", "scope", "Scope"), hostile)
    const schemes = fc.oneof(fc.constant("Bearer"), hostile)
    const parameters = fc.array(fc.record({ name: names, value: hostile }), { maxLength: 4 })
    const token68 = fc.option(fc.oneof(fc.constant("abc=="), hostile), { nil: undefined, freq: 4 })
    let written = 0
    fc.assert(
      fc.property(fc.record({ scheme: schemes, parameters, token68 }), (challenge) => {
        const result = formatChallenge(challenge)
        if (Result.isFailure(result)) return
        written++
        expect(result.success).toMatch(/^[\x20-\x7e]+$/)
        const expected = challenge.parameters.map(({ name, value }) => ({
          name: name.toLowerCase(),
          value,
          form: "quoted"
        }))
        const scheme = challenge.scheme.toLowerCase()
        expect(parsed(result.success)).toEqual([
          challenge.token68 === undefined
            ? { scheme, parameters: expected }
            : { scheme, token68: challenge.token68, parameters: [] }
        ])
        // Nor does it change what stands beside it in the list.
        expect(parsed(`Basic realm="x", ${result.success}, Negotiate abc==`)).toHaveLength(3)
      }),
      { numRuns: 3000 }
    )
    expect(written).toBeGreaterThan(100)
  })
})

describe("formatBearerChallenge", () => {
  it("writes the challenge of RFC 6750 section 3", () => {
    expect(
      formatBearerChallenge({
        realm: "example",
        error: "invalid_token",
        errorDescription: "The access token expired"
      })
    ).toEqual(
      Result.succeed('Bearer realm="example", error="invalid_token", error_description="The access token expired"')
    )
  })

  it("writes every parameter that it knows", () => {
    expect(
      formatBearerChallenge({
        scheme: "DPoP",
        realm: "r",
        error: "insufficient_scope",
        errorDescription: "d",
        errorUri: "https://a.example/e",
        scope: ["notes:read", "notes:write"],
        resourceMetadata: "https://a.example/.well-known/oauth-protected-resource/mcp"
      })
    ).toEqual(
      Result.succeed(
        'DPoP realm="r", error="insufficient_scope", error_description="d", error_uri="https://a.example/e", scope="notes:read notes:write", resource_metadata="https://a.example/.well-known/oauth-protected-resource/mcp"'
      )
    )
  })

  it("leaves out what is absent, and a scope without tokens", () => {
    expect(formatBearerChallenge({})).toEqual(Result.succeed("Bearer"))
    expect(formatBearerChallenge({ scope: [], realm: undefined, resourceMetadata: "https://a.example/m" })).toEqual(
      Result.succeed('Bearer resource_metadata="https://a.example/m"')
    )
  })

  it("writes a scope token once that is given twice, in the order of its first place", () => {
    expect(formatBearerChallenge({ scope: ["b", "a", "b"] })).toEqual(Result.succeed('Bearer scope="b a"'))
  })

  it("escapes the realm, the one text that may have quotation marks", () => {
    expect(formatBearerChallenge({ realm: String.raw`a"b\c` })).toEqual(
      Result.succeed(String.raw`Bearer realm="a\"b\\c"`)
    )
  })

  it.each([
    ["scope", { scope: ['a"b'] }],
    ["scope", { scope: ["a\nb"] }],
    ["scope", { scope: [""] }],
    ["scope", { scope: ["a", ""] }],
    ["scope", { scope: ["a b"] }],
    ["scope", { scope: ["a\\b"] }],
    ["scope", { scope: ["\u00e9"] }],
    ["error", { error: "" }],
    ["error", { error: 'a"b' }],
    ["error", { error: "a\\b" }],
    ["error_description", { errorDescription: "" }],
    ["error_description", { errorDescription: 'bad "x"' }],
    ["error_description", { errorDescription: "bad\r\nSet-Cookie: a=1" }],
    ["error_description", { errorDescription: "\u00e9" }],
    ["error_description", { errorDescription: "\u2028" }],
    ["error_description", { errorDescription: "a\\b" }],
    ["error_uri", { errorUri: "https://a.example/ b" }],
    ["error_uri", { errorUri: "" }],
    ["error_uri", { errorUri: 'https://a.example/"' }],
    ["resource_metadata", { resourceMetadata: "" }],
    ["resource_metadata", { resourceMetadata: 'https://a.example/", scope="admin' }],
    ["resource_metadata", { resourceMetadata: "https://a.example/\r\n" }],
    ["realm", { realm: "a\r\nb" }],
    ["realm", { realm: "\u00e9" }]
  ])("refuses a %s that it may not have: %j", (parameter, options) => {
    const error = refusal(formatBearerChallenge(options))
    expect(error).toBeInstanceOf(ChallengeUnrepresentable)
    expect(error).toMatchObject({ reason: "parameter-value", parameter })
  })

  it("cannot be made to write anything that does not read back as it went in", () => {
    const words = fc.oneof(fc.constant("https://a.example/m"), fc.stringMatching(/^[!-~]{1,9}$/), hostile)
    const word = fc.option(words, { nil: undefined })
    const options: fc.Arbitrary<BearerChallengeOptions> = fc.record({
      scheme: fc.constantFrom(undefined, "Bearer" as const, "DPoP" as const),
      realm: word,
      error: word,
      errorDescription: word,
      errorUri: word,
      scope: fc.option(fc.array(words, { maxLength: 3 }), { nil: undefined }),
      resourceMetadata: word
    })
    let written = 0
    fc.assert(
      fc.property(options, (given) => {
        const result = formatBearerChallenge(given)
        if (Result.isFailure(result)) return
        written++
        expect(result.success).toMatch(/^[\x20-\x7e]+$/)
        const { scheme = "Bearer", scope, ...texts } = given
        const find = scheme === "DPoP" ? findDpopChallenge : findBearerChallenge
        const expected: Record<string, unknown> = { ...texts, scheme: scheme.toLowerCase(), unquoted: [] }
        if (scope && scope.length > 0) expected["scope"] = [...new Set(scope)].join(" ")
        expect(parsed(result.success)).toHaveLength(1)
        expect(Result.getOrThrow(find(parsed(result.success)))).toEqual(expected)
      }),
      { numRuns: 3000 }
    )
    expect(written).toBeGreaterThan(50)
  })
})

describe("the builders", () => {
  it("give a text or a rejection, by their types", () => {
    expectTypeOf(formatChallenge).returns.toEqualTypeOf<Result.Result<string, ChallengeUnrepresentable>>()
    expectTypeOf(formatBearerChallenge).returns.toEqualTypeOf<Result.Result<string, ChallengeUnrepresentable>>()
  })
})
