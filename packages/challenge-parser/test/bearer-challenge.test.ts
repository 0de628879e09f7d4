import * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  type BearerChallenge,
  ChallengeAmbiguous,
  findBearerChallenge,
  findDpopChallenge,
  parseChallenges
} from "@postern/challenge-parser"

const parsed = (header: string) => Result.getOrThrow(parseChallenges(header))

describe("findBearerChallenge", () => {
  it("gives every parameter that the standards define its own field", () => {
    const challenges = parsed(
      'Bearer realm="r", scope="a b", error="insufficient_scope", error_description="d", error_uri="https://a.example/e", resource_metadata="https://a.example/m", algs="ES256"'
    )
    expect(findBearerChallenge(challenges)).toEqual(
      Result.succeed({
        scheme: "bearer",
        realm: "r",
        scope: "a b",
        error: "insufficient_scope",
        errorDescription: "d",
        errorUri: "https://a.example/e",
        resourceMetadata: "https://a.example/m",
        algs: "ES256",
        unquoted: []
      })
    )
  })

  it("names the parameters that came as a URL without quotation marks", () => {
    const challenges = parsed(
      "Bearer resource_metadata=https://a.example/m, error=invalid_token, other=http://b.example"
    )
    expect(findBearerChallenge(challenges)).toEqual(
      Result.succeed({
        scheme: "bearer",
        error: "invalid_token",
        resourceMetadata: "https://a.example/m",
        unquoted: ["resource_metadata", "other"]
      })
    )
  })

  it("leaves out unknown parameters, also those that every object has", () => {
    const found = Result.getOrThrow(
      findBearerChallenge(parsed("Bearer __proto__=x, constructor=y, toString=z, max_age=1"))
    )
    expect(found).toEqual({ scheme: "bearer", unquoted: [] })
    expect(found && Object.keys(found)).toEqual(["scheme", "unquoted"])
  })

  it("keeps a value letter for letter", () => {
    expect(findBearerChallenge(parsed('Bearer scope=" a  b ", error=""'))).toEqual(
      Result.succeed({ scheme: "bearer", scope: " a  b ", error: "", unquoted: [] })
    )
  })

  it("finds none among other schemes, and none in nothing", () => {
    expect(findBearerChallenge(parsed('Basic realm="x", DPoP algs="ES256", BearerX scope="a"'))).toEqual(
      Result.succeed(undefined)
    )
    expect(findBearerChallenge([])).toEqual(Result.succeed(undefined))
  })

  it("finds an empty one in a scheme alone and in a token68", () => {
    for (const header of ["Bearer", "Bearer abc=="]) {
      expect(findBearerChallenge(parsed(header))).toEqual(Result.succeed({ scheme: "bearer", unquoted: [] }))
    }
  })

  it("takes several that say the same for one", () => {
    expect(findBearerChallenge(parsed('Bearer scope="a", Basic realm="x", Bearer scope=a'))).toEqual(
      Result.succeed({ scheme: "bearer", scope: "a", unquoted: [] })
    )
  })

  it.each([
    'Bearer scope="a", Bearer scope="b"',
    'Bearer scope="a", Bearer scope="a", Bearer scope="b"',
    'Bearer scope="a", Bearer scope="a", error="invalid_token"',
    'Bearer, Bearer realm="x"',
    'Bearer realm="x", Bearer',
    'Bearer error_uri="https://a", Bearer error_uri="https://A"'
  ])("refuses several that differ: %s", (header) => {
    const error = Result.getOrThrow(Result.flip(findBearerChallenge(parsed(header))))
    expect(error).toBeInstanceOf(ChallengeAmbiguous)
    expect(error).toMatchObject({
      _tag: "ChallengeAmbiguous",
      kind: "rejection",
      spec: "RFC 6750 section 3",
      scheme: "bearer",
      message: "WWW-Authenticate has several bearer challenges that disagree"
    })
  })
})

describe("findDpopChallenge", () => {
  it("finds the DPoP challenge of RFC 9449 section 7.1 beside a Bearer challenge", () => {
    const challenges = parsed('Bearer error="x", DPoP error="use_dpop_nonce", algs="ES256 PS256"')
    expect(findDpopChallenge(challenges)).toEqual(
      Result.succeed({ scheme: "dpop", error: "use_dpop_nonce", algs: "ES256 PS256", unquoted: [] })
    )
  })

  it("refuses several that differ", () => {
    const error = Result.getOrThrow(Result.flip(findDpopChallenge(parsed("DPoP algs=ES256, DPoP algs=ES384"))))
    expect(error).toMatchObject({ _tag: "ChallengeAmbiguous", scheme: "dpop" })
  })
})

describe("the types", () => {
  it("say that there may be no such challenge", () => {
    expectTypeOf(findBearerChallenge).returns.toEqualTypeOf<
      Result.Result<BearerChallenge | undefined, ChallengeAmbiguous>
    >()
    expectTypeOf<BearerChallenge["resourceMetadata"]>().toEqualTypeOf<string | undefined>()
  })
})
