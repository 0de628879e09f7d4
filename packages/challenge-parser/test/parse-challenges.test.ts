import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  type Challenge,
  ChallengeMalformed,
  findBearerChallenge,
  type ParameterRepeated,
  parseChallenges
} from "@postern/challenge-parser"

type Header = Parameters<typeof parseChallenges>[0]

const parsed = (header: Header) => Result.getOrThrow(parseChallenges(header))
const refusal = (header: Header) => Result.getOrThrow(Result.flip(parseChallenges(header)))
const token = (name: string, value: string) => ({ name, value, form: "token" as const })
const quoted = (name: string, value: string) => ({ name, value, form: "quoted" as const })
const unquoted = (name: string, value: string) => ({ name, value, form: "unquoted-url" as const })

const metadata = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"

describe("parseChallenges reads the examples of the standards:", () => {
  it("RFC 9110 section 11.6.1", () => {
    expect(parsed(String.raw`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`)).toEqual([
      { scheme: "basic", parameters: [quoted("realm", "simple")] },
      {
        scheme: "newauth",
        parameters: [quoted("realm", "apps"), token("type", "1"), quoted("title", 'Login to "apps"')]
      }
    ])
  })

  it("RFC 6750 section 3", () => {
    expect(
      parsed('Bearer realm="example", error="invalid_token", error_description="The access token expired"')
    ).toEqual([
      {
        scheme: "bearer",
        parameters: [
          quoted("realm", "example"),
          quoted("error", "invalid_token"),
          quoted("error_description", "The access token expired")
        ]
      }
    ])
  })

  it("RFC 9728 section 5.1", () => {
    expect(
      parsed('Bearer resource_metadata="https://resource.example.com/.well-known/oauth-protected-resource"')
    ).toEqual([
      {
        scheme: "bearer",
        parameters: [quoted("resource_metadata", "https://resource.example.com/.well-known/oauth-protected-resource")]
      }
    ])
  })

  it("RFC 9449 section 7.1", () => {
    expect(
      parsed('DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256 PS256"')
    ).toEqual([
      {
        scheme: "dpop",
        parameters: [
          quoted("error", "invalid_token"),
          quoted("error_description", "Invalid DPoP key binding"),
          quoted("algs", "ES256 PS256")
        ]
      }
    ])
  })

  it("[WWA-01] the challenge of the MCP specification, parameter by parameter", () => {
    const challenges = parsed(
      'Bearer realm="x", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", scope="a b"'
    )
    expect(challenges).toEqual([
      {
        scheme: "bearer",
        parameters: [
          { name: "realm", value: "x", form: "quoted" },
          {
            name: "resource_metadata",
            value: "https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
            form: "quoted"
          },
          { name: "scope", value: "a b", form: "quoted" }
        ]
      }
    ])
    expect(findBearerChallenge(challenges)).toEqual(
      Result.succeed({
        scheme: "bearer",
        realm: "x",
        resourceMetadata: "https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
        scope: "a b",
        unquoted: []
      })
    )
  })
})

describe("parseChallenges reads what RFC 9110 allows:", () => {
  it.each([null, undefined, "", "   ", "\t", []])("an absent or empty header, %j, has no challenges", (header) => {
    expect(parseChallenges(header)).toEqual(Result.succeed([]))
  })

  it("a scheme alone, and several", () => {
    expect(parsed("Bearer")).toEqual([{ scheme: "bearer", parameters: [] }])
    expect(parsed("Negotiate, NTLM , Basic ")).toEqual([
      { scheme: "negotiate", parameters: [] },
      { scheme: "ntlm", parameters: [] },
      { scheme: "basic", parameters: [] }
    ])
  })

  it.each([
    ["upper-case names", 'bearer RESOURCE_METADATA="https://a.example/m"'],
    ["white space around the equals sign", 'Bearer resource_metadata = "https://a.example/m"'],
    ["tabs around the equals sign", 'Bearer resource_metadata\t=\t"https://a.example/m"'],
    ["a comma at the end", 'Bearer resource_metadata="https://a.example/m",'],
    ["a comma at the start", ',Bearer resource_metadata="https://a.example/m"'],
    ["empty elements before", ',,, ,\t,BEARER resource_metadata="https://a.example/m"'],
    ["empty elements after", 'bEaReR resource_metadata="https://a.example/m" , ,,'],
    ["an empty element after the scheme", 'Bearer , resource_metadata="https://a.example/m"'],
    ["several spaces after the scheme", 'Bearer    resource_metadata="https://a.example/m"'],
    ["an escape that nothing needed", String.raw`Bearer resource_metadata="\h\t\t\ps://a.example/m"`]
  ])("[WWA-02] %s", (_, header) => {
    expect(parsed(header)).toEqual([
      { scheme: "bearer", parameters: [quoted("resource_metadata", "https://a.example/m")] }
    ])
  })

  it("empty elements between parameters and between challenges", () => {
    expect(parsed('Bearer a=1,,, b="2" ,, ,Basic ,,realm=x')).toEqual([
      { scheme: "bearer", parameters: [token("a", "1"), quoted("b", "2")] },
      { scheme: "basic", parameters: [token("realm", "x")] }
    ])
  })

  it("token68 with and without padding, in which case matters", () => {
    expect(parsed("Negotiate TlRMTVNTUAAC/+-._~==")).toEqual([
      { scheme: "negotiate", token68: "TlRMTVNTUAAC/+-._~==", parameters: [] }
    ])
    expect(parsed("A aB, B c=, C d==== ,D e")).toEqual([
      { scheme: "a", token68: "aB", parameters: [] },
      { scheme: "b", token68: "c=", parameters: [] },
      { scheme: "c", token68: "d====", parameters: [] },
      { scheme: "d", token68: "e", parameters: [] }
    ])
  })

  it("every letter of a token, in names and values", () => {
    expect(parsed("Scheme !#$%&'*+-.^_`|~09azAZ=!#$%&'*+-.^_`|~09azAZ")).toEqual([
      { scheme: "scheme", parameters: [token("!#$%&'*+-.^_`|~09azaz", "!#$%&'*+-.^_`|~09azAZ")] }
    ])
  })

  it("an empty quoted string, tabs and letters beyond ASCII in one", () => {
    expect(parsed('Bearer realm="", error_description="\ta\u00e9\u00ff"')).toEqual([
      { scheme: "bearer", parameters: [quoted("realm", ""), quoted("error_description", "\ta\u00e9\u00ff")] }
    ])
  })

  it.each([
    ["Basic before Bearer", 'Basic realm="s", Bearer error="invalid_token"', ["realm"], ["error"]],
    [
      "Bearer before Basic",
      'Bearer error="invalid_token", Basic realm="s", charset="UTF-8"',
      ["realm", "charset"],
      ["error"]
    ],
    ["two header lines", ['Basic realm="s"', 'Bearer error="invalid_token"'], ["realm"], ["error"]],
    ["a token68 before Bearer", 'Negotiate abc==, Bearer error="invalid_token"', [], ["error"]],
    [
      "a token68 before Bearer and Basic",
      'Negotiate abc==, Bearer error="invalid_token",Basic realm="s"',
      ["realm"],
      ["error"]
    ]
  ])("[WWA-04] %s: each parameter belongs to its own scheme", (_, header, basic, bearer) => {
    const challenges = parsed(header)
    const names = (scheme: string) =>
      challenges
        .filter((challenge) => challenge.scheme === scheme)
        .flatMap(({ parameters }) => parameters.map(({ name }) => name))
    expect(names("basic")).toEqual(basic)
    expect(names("bearer")).toEqual(bearer)
    expect(names("negotiate")).toEqual([])
    expect(findBearerChallenge(challenges)).toEqual(
      Result.succeed({ scheme: "bearer", error: "invalid_token", unquoted: [] })
    )
  })

  it("a list that goes on in the next line, as if a comma stood between", () => {
    const lines = ['Bearer realm="x",', "", ' scope="a"', "Negotiate abc=="]
    expect(parsed(lines)).toEqual(parsed(lines.join(", ")))
    expect(parsed(lines)).toEqual([
      { scheme: "bearer", parameters: [quoted("realm", "x"), quoted("scope", "a")] },
      { scheme: "negotiate", token68: "abc==", parameters: [] }
    ])
  })

  it("the value of Headers, which joins the lines", () => {
    const headers = new Headers()
    headers.append("www-authenticate", 'Basic realm="s"')
    headers.append("www-authenticate", `Bearer resource_metadata="${metadata}"`)
    expect(parsed(headers.get("www-authenticate"))).toEqual([
      { scheme: "basic", parameters: [quoted("realm", "s")] },
      { scheme: "bearer", parameters: [quoted("resource_metadata", metadata)] }
    ])
    expect(parsed(new Headers().get("www-authenticate"))).toEqual([])
  })
})

describe("parseChallenges reads a URL without quotation marks", () => {
  it("and says that it came so", () => {
    expect(parsed(`Bearer resource_metadata=${metadata}, error=invalid_token`)).toEqual([
      { scheme: "bearer", parameters: [unquoted("resource_metadata", metadata), token("error", "invalid_token")] }
    ])
  })

  it.each(["HTTPS://a.example", "http://127.0.0.1:8080/x?y=z&a=b==#f", "https://[::1]:9/(a)'!*;@$+~%20"])(
    "%s",
    (url) => {
      expect(parsed(`Bearer error_uri=${url} , Basic realm="s"`)).toEqual([
        { scheme: "bearer", parameters: [unquoted("error_uri", url)] },
        { scheme: "basic", parameters: [quoted("realm", "s")] }
      ])
    }
  )

  it("up to a comma, which ends it like any other value", () => {
    expect(parsed("Bearer resource_metadata=https://a.example/x,scope=y")).toEqual([
      { scheme: "bearer", parameters: [unquoted("resource_metadata", "https://a.example/x"), token("scope", "y")] }
    ])
  })

  it.each([
    "file:///etc/passwd",
    "javascript:alert(1)",
    "ftp://a.example/",
    "//a.example",
    "/relative",
    "https:/a.example",
    "https//a.example",
    'https://a.example/"b"',
    "https://a.example/ b",
    "https://a.example/\\b",
    "https://a.example/<b>",
    "https://a.example/\u00e9",
    "a@b"
  ])("but no other value that would need them: %s", (value) => {
    expect(refusal(`Bearer resource_metadata=${value}`)).toMatchObject({
      _tag: "ChallengeMalformed",
      reason: "unexpected-character"
    })
  })
})

describe("parseChallenges never mistakes text inside quotation marks for a parameter:", () => {
  it.each([
    ["a comma and a name", 'Bearer error_description="x, resource_metadata=https://evil.example"'],
    ["escaped quotation marks", String.raw`Bearer error_description="x\", resource_metadata=\"https://evil.example"`],
    ["a whole challenge", String.raw`Bearer error_description="x\", Bearer resource_metadata=\"https://evil.example"`],
    ["an escaped backslash before the end", String.raw`Bearer error_description="resource_metadata=x\\"`]
  ])("%s", (_, header) => {
    const challenges = parsed(header)
    expect(challenges).toHaveLength(1)
    expect(challenges[0]?.parameters.map(({ name }) => name)).toEqual(["error_description"])
  })

  it("any text at all", () => {
    const pieces = fc.constantFrom(
      '"',
      "\\",
      ",",
      " ",
      "=",
      "resource_metadata=",
      "Bearer ",
      "https://evil.example",
      "x"
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (array) => {
        const text = array.join("")
        const inside = text.replace(/["\\]/g, "\\$&")
        expect(parsed(`Bearer realm="${inside}", scope="a"`)).toEqual([
          { scheme: "bearer", parameters: [quoted("realm", text), quoted("scope", "a")] }
        ])
      })
    )
  })
})

describe("a challenge that is not well formed", () => {
  it.each([
    ["an escaped quotation mark", String.raw`Bearer error="a\"b"`, { error: 'a"b' }],
    ["an escaped backslash", String.raw`Bearer error="a\\b"`, { error: String.raw`a\b` }],
    ["an unclosed quotation mark", 'Bearer error="a', undefined],
    ["a name without a value, which is a token68", "Bearer error=", {}],
    ["a name without an equals sign", 'Bearer error"x"', undefined],
    ["question marks", "???", undefined],
    ["question marks after a challenge", 'Bearer error="a", ???', undefined],
    ["no bytes", "", undefined],
    ["only commas", ",,, ,,", undefined]
  ])("[WWA-06] throws nothing and yields no parameter that was not sent: %s", (_, header, expected) => {
    const found = Result.flatMap(parseChallenges(header), findBearerChallenge)
    if (Result.isFailure(found)) {
      expect(found.failure).toBeInstanceOf(ChallengeMalformed)
      expect(expected).toBeUndefined()
    } else {
      expect(found.success).toEqual(expected && { scheme: "bearer", ...expected, unquoted: [] })
    }
  })

  it("[WWA-06] is refused as a whole, so that what came before the flaw is not used", () => {
    for (const header of ['Bearer error="a', 'Bearer error"x"', "???", 'Bearer error="a", ???']) {
      expect(Result.isFailure(parseChallenges(header))).toBe(true)
    }
  })
})

describe("the types", () => {
  it("name both rejections and make everything readonly", () => {
    expectTypeOf(parseChallenges).returns.toEqualTypeOf<
      Result.Result<ReadonlyArray<Challenge>, ChallengeMalformed | ParameterRepeated>
    >()
    expectTypeOf<ChallengeMalformed["reason"]>().toEqualTypeOf<
      "unexpected-character" | "unclosed-quote" | "parameter-unattached" | "too-many-elements"
    >()
  })
})
