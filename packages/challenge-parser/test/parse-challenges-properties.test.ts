import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Challenge, formatChallenge, parseChallenges } from "@postern/challenge-parser"

const parsed = (header: string) => Result.getOrThrow(parseChallenges(header))

describe("parseChallenges, for any input,", () => {
  const fragments = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "Bearer ",
          "Basic",
          "realm",
          "=",
          '"',
          "\\",
          ",",
          " ",
          "\t",
          "abc==",
          "https://a/",
          "a=b",
          "\r\n",
          "\0"
        ),
        fc.string({ maxLength: 3, unit: "binary" })
      ),
      { maxLength: 25 }
    )
    .map((pieces) => pieces.join(""))
  const lists = fc.oneof(fragments, fc.array(fragments, { maxLength: 4 }))

  it("never throws, and gives only what the grammar allows", () => {
    fc.assert(
      fc.property(lists, (header) => {
        const result = parseChallenges(header)
        if (Result.isFailure(result)) {
          expect(["ChallengeMalformed", "ParameterRepeated"]).toContain(result.failure._tag)
          return
        }
        for (const { scheme, token68 = "a", parameters } of result.success) {
          expect(scheme).toMatch(/^[!#$%&'*+.^_`|~0-9a-z-]+$/)
          expect(token68).toMatch(/^[A-Za-z0-9._~+/-]+=*$/)
          expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length)
          for (const { name, value, form } of parameters) {
            expect(name).toMatch(/^[!#$%&'*+.^_`|~0-9a-z-]+$/)
            if (form === "token") expect(value).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/)
            if (form === "quoted") expect(value).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/)
            if (form === "unquoted-url") expect(value).toMatch(/^https?:\/\/[^\s",\\]*$/i)
          }
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("reads lines as the list that they are together", () => {
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 4 }), (lines) => {
        const apart = parseChallenges(lines)
        if (Result.isSuccess(apart)) expect(parseChallenges(lines.join(", "))).toEqual(apart)
      }),
      { numRuns: 1000 }
    )
  })

  const letters = fc.constantFrom(..."!#$%&'*+-.^_`|~019abz".split(""))
  const tokens = fc.string({ unit: letters, minLength: 1, maxLength: 8 })
  const blanks = fc.constantFrom("", " ", "\t", "  \t ")
  const separators = fc.constantFrom(",", ", ", " , ", ",,", ", \t,")
  const texts = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 12
  })
  const wordings = fc.oneof(
    tokens.map((value) => ({ value, written: value, form: "token" as const })),
    fc.tuple(texts, fc.infiniteStream(fc.boolean())).map(([value, escape]) => ({
      value,
      written: `"${value.replace(/[^]/g, (letter) => (/["\\]/.test(letter) || escape.next().value ? `\\${letter}` : letter))}"`,
      form: "quoted" as const
    })),
    fc
      .webUrl()
      .filter((url) => !url.includes(","))
      .map((value) => ({ value, written: value, form: "unquoted-url" as const }))
  )
  const spelled = fc
    .tuple(tokens, blanks, blanks, wordings, separators)
    .map(([name, before, after, wording, separator]) => ({
      parameter: { name, value: wording.value, form: wording.form },
      written: `${name.toUpperCase()}${before}=${after}${wording.written}${separator}`
    }))
  const modelled = fc.oneof(
    fc.tuple(tokens, fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,8}={0,2}$/)).map(([scheme, token68]) => ({
      challenge: { scheme, token68, parameters: [] } as Challenge,
      written: `${scheme} ${token68},`
    })),
    fc
      .tuple(tokens, fc.uniqueArray(spelled, { selector: ({ parameter }) => parameter.name, maxLength: 5 }))
      .map(([scheme, parameters]) => ({
        challenge: { scheme, parameters: parameters.map(({ parameter }) => parameter) } as Challenge,
        written: `${scheme} ${parameters.map(({ written }) => written).join("")},`
      }))
  )

  it("reads back every spelling of a challenge", () => {
    fc.assert(
      fc.property(fc.array(modelled, { maxLength: 5 }), (models) => {
        const header = models.map(({ written }) => written).join(" ")
        expect(parseChallenges(header)).toEqual(Result.succeed(models.map(({ challenge }) => challenge)))
      }),
      { numRuns: 1000 }
    )
  })

  it("reads back what formatChallenge makes of what it read", () => {
    fc.assert(
      fc.property(modelled, ({ challenge }) => {
        const again = parsed(Result.getOrThrow(formatChallenge(challenge)))
        const parameters = challenge.parameters.map((parameter) => ({ ...parameter, form: "quoted" }))
        expect(again).toEqual([{ ...challenge, parameters }])
      })
    )
  })
})

describe("parseChallenges does work in proportion to the length", () => {
  const shapes: ReadonlyArray<readonly [string, (length: number) => string]> = [
    ["of commas", (length) => ",".repeat(length)],
    ["of a quoted string", (length) => `Bearer realm="${"a".repeat(length)}"`],
    ["of a quoted string that does not end", (length) => `Bearer realm="${"a".repeat(length)}`],
    ["of escapes", (length) => `Bearer realm="${'\\"'.repeat(length / 2)}"`],
    ["of escapes that do not end", (length) => `Bearer realm="${"\\\\".repeat(length / 2)}`],
    ["of quoted strings that look like parameters", (length) => `Bearer realm="${'a=\\"b\\", '.repeat(length / 9)}"`],
    ["of a token68", (length) => `Bearer ${"A".repeat(length)}`],
    ["of a token68 with a flaw", (length) => `Bearer ${"A".repeat(length)}"`],
    ["of a scheme", (length) => "a".repeat(length)],
    ["of spaces after the scheme", (length) => `Bearer${" ".repeat(length)}x=1`],
    [
      "of white space around the equals sign",
      (length) => `Bearer a${" \t".repeat(length / 4)}=${"\t ".repeat(length / 4)}b`
    ],
    ["of white space after a value", (length) => `Bearer a=b${" \t".repeat(length / 2)}?`],
    ["of a URL", (length) => `Bearer a=https://${"/".repeat(length)}`],
    [
      "of 255 long parameters",
      (length) =>
        `Bearer ${Array.from({ length: 255 }, (_, index) => `p${index}="${"\\a".repeat(length / 510)}"`).join()}`
    ]
  ]

  // A text that counts how often one of its characters is read; a clock would measure the machine as well.
  class Counted extends String {
    reads = 0
    override charCodeAt(index: number) {
      this.reads++
      return super.charCodeAt(index)
    }
    override charAt(index: number) {
      this.reads++
      return super.charAt(index)
    }
    override slice(from: number, to: number) {
      this.reads += to - from
      return super.slice(from, to)
    }
  }

  const reads = (header: string): number => {
    const counted = new Counted(header)
    // @ts-expect-error the object stands in for the text that it wraps
    const result = parseChallenges([counted])
    expect(result).toEqual(parseChallenges([header]))
    return counted.reads
  }

  it.each(shapes)("%s", (_, shape) => {
    const [short, long] = [shape(1_020), shape(10_200)]
    const [few, many] = [reads(short), reads(long)]
    expect(few).toBeGreaterThanOrEqual(short.length)
    expect(many).toBeLessThan(6 * long.length)
    expect(many).toBeLessThan(11 * few)
  })
})
