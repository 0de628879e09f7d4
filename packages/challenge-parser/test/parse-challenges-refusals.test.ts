import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { ChallengeMalformed, findBearerChallenge, ParameterRepeated, parseChallenges } from "@postern/challenge-parser"

type Header = Parameters<typeof parseChallenges>[0]

const parsed = (header: Header) => Result.getOrThrow(parseChallenges(header))
const refusal = (header: Header) => Result.getOrThrow(Result.flip(parseChallenges(header)))

describe("parseChallenges refuses", () => {
  it.each([
    [
      "two values of one parameter",
      'Bearer resource_metadata="https://a", resource_metadata="https://b"',
      "resource_metadata"
    ],
    ["the same value twice", 'Bearer scope="a", scope="a"', "scope"],
    ["two scopes", 'Bearer scope="a", realm="x", scope="b"', "scope"],
    ["names that differ in case", "Bearer Error=a, eRROR=b", "error"],
    ["a token and a quoted string", 'Bearer error=a, error="b"', "error"],
    ["a parameter of the prototype", "Bearer __proto__=a, __proto__=b", "__proto__"]
  ])("[WWA-05] %s in one challenge", (_, header, parameter) => {
    const error = refusal(header)
    expect(error).toBeInstanceOf(ParameterRepeated)
    expect(error).toMatchObject({
      _tag: "ParameterRepeated",
      spec: "RFC 9110 section 11.2",
      scheme: "bearer",
      parameter
    })
    expect(error.message).toBe("a challenge in WWW-Authenticate has the same parameter more than once")
  })

  it("[WWA-05] two Bearer challenges with different resource_metadata", () => {
    const header = 'Bearer resource_metadata="https://a", Bearer resource_metadata="https://b"'
    const error = Result.getOrThrow(Result.flip(findBearerChallenge(parsed(header))))
    expect(error).toMatchObject({ _tag: "ChallengeAmbiguous", scheme: "bearer" })
  })

  it("a parameter that a second line repeats, and names the scheme", () => {
    expect(refusal(["Basic realm=x, Bearer scope=a", "scope=b"])).toMatchObject({
      _tag: "ParameterRepeated",
      scheme: "bearer",
      parameter: "scope"
    })
  })

  it("nothing when two challenges have the same parameter each", () => {
    expect(parsed('Basic realm="x", Bearer realm="x", Negotiate abc, Digest realm="x"')).toHaveLength(4)
  })

  it.each([
    ["a parameter without a scheme", 'realm="x"', "parameter-unattached", 0],
    ["a parameter after a scheme without a space", 'Bearer,realm="x"', "parameter-unattached", 7],
    ["a parameter after a scheme and a comma", 'Bearer, realm="x"', "parameter-unattached", 8],
    ["a parameter after a token68", 'Negotiate abc==, realm="x"', "parameter-unattached", 17],
    [
      "a parameter after a token68 after parameters",
      'Bearer scope="a", Negotiate abc==, realm="x"',
      "parameter-unattached",
      35
    ],
    ["a tab after the scheme", 'Bearer\trealm="x"', "unexpected-character", 6],
    ["a tab before the first parameter", 'Bearer \trealm="x"', "unexpected-character", 7],
    ["a slash after the scheme", "Bearer/x", "unexpected-character", 6],
    ["text between parameters", 'Bearer realm="x" scope="y"', "unexpected-character", 17],
    ["two words after a scheme", "Bearer abc def", "unexpected-character", 11],
    ["text after a token68", "Negotiate abc== ???", "unexpected-character", 14],
    ["an empty value in the middle", 'Bearer realm="x", error=, scope="y"', "unexpected-character", 24],
    ["an equals sign twice", "Bearer a==b", "unexpected-character", 9],
    ["padding alone", "Bearer ==", "parameter-unattached", 0],
    ["an escape outside quotation marks", String.raw`Bearer realm=\f\o`, "unexpected-character", 13],
    ["text after a quoted string", 'Bearer realm="x"y', "unexpected-character", 16],
    ["a quotation mark within a token", 'Bearer realm=x"y"', "unexpected-character", 14],
    ["a quoted string that does not end", 'Bearer realm="x', "unclosed-quote", 13],
    ["a quoted string that ends in an escape", 'Bearer realm="x\\', "unclosed-quote", 13],
    ["a quoted string whose end is escaped", String.raw`Bearer realm="x\"`, "unclosed-quote", 13]
  ])("%s", (_, header, reason, position) => {
    const error = refusal(header)
    expect(error).toBeInstanceOf(ChallengeMalformed)
    expect(error).toMatchObject({
      _tag: "ChallengeMalformed",
      spec: "RFC 9110 section 11.6.1",
      reason,
      line: 0,
      position
    })
  })

  it("a quoted string that would go on in the next line, and says in which line it begins", () => {
    const error = refusal(['Basic realm="s"', 'Bearer realm="x', 'y"'])
    expect(error).toMatchObject({ reason: "unclosed-quote", line: 1, position: 13 })
    expect(error.message).toBe("WWW-Authenticate has a quoted string that does not end (line 1, position 13)")
  })

  it.each(["\r\n", "\r", "\n", "\0", "\r\n ", "\u000b", "\u001b[2J", "\u007f", "\u0100", "\u2028", "\ud83d\ude00"])(
    "%j, wherever it stands",
    (character) => {
      for (const header of [
        `${character}Bearer realm="x"`,
        `Bea${character}rer realm="x"`,
        `Bearer ${character}realm="x"`,
        `Bearer rea${character}lm="x"`,
        `Bearer realm=${character}x`,
        `Bearer realm="x${character}y"`,
        `Bearer realm="x\\${character}y"`,
        `Bearer realm="x"${character}`,
        `Bearer realm="x",${character}scope="y"`,
        `Bearer resource_metadata=https://a.example/${character}b`,
        `Negotiate abc${character}==`
      ]) {
        expect(refusal(header)).toMatchObject({ _tag: "ChallengeMalformed", reason: "unexpected-character" })
      }
    }
  )

  it("more than 256 elements of the list, but not 256", () => {
    const schemes = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`).join(",")
    const parameters = (count: number) =>
      `Bearer ${Array.from({ length: count }, (_, index) => `p${index}=1`).join(",")}`
    expect(parsed(schemes(256))).toHaveLength(256)
    expect(parsed(parameters(256))[0]?.parameters).toHaveLength(256)
    for (const header of [schemes(257), parameters(257), schemes(257).split(","), "a,".repeat(50_000)]) {
      expect(refusal(header)).toMatchObject({ _tag: "ChallengeMalformed", reason: "too-many-elements" })
    }
  })
})
