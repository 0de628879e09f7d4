import { makeVerifier, profile } from "@postern/jwt-verify"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { endpoint, I, jwks, k2Public, R } from "./fixture.ts"

const withDialect = (changes: object) => ({
  issuer: [{ issuer: I, jwks, dialect: { ...profile, ...changes } }],
  jwks: undefined
})

const whyNot = (options: object) => {
  const made = makeVerifier({ issuer: I, audience: R, jwks, ...options })
  return Result.isFailure(made) ? made.failure : undefined
}

describe("options", () => {
  it("name the key that is wrong", () => {
    const cases: ReadonlyArray<readonly [key: string, options: object]> = [
      ["audiences", { audiences: R }],
      ["requireScope", { requireScope: false }],
      ["keyCache.maxAge", { keyCache: { maxAge: 1 } }],
      ["singleAudience", { singleAudience: true }],
      ["jwks.url", { jwks: { uri: `${I}/jwks`, url: "" } }],
      ["issuer[0].jwks_uri", { issuer: [{ issuer: I, jwks_uri: `${I}/jwks` }], jwks: undefined }],
      [
        "issuer[1].audiences",
        {
          issuer: [
            { issuer: I, jwks },
            { issuer: I, jwks, audiences: R }
          ],
          jwks: undefined
        }
      ],
      ["audience", { audience: undefined }],
      ["audience", { audience: [] }],
      ["audience", { audience: "" }],
      ["audience", { audience: [R, 1] }],
      ["issuer", { issuer: "http://as.example.com" }],
      ["issuer", { issuer: "https://as.example.com/?a" }],
      ["issuer", { issuer: [], jwks: undefined }],
      ["issuer", { issuer: 1, jwks: undefined }],
      ["issuer[0]", { issuer: ["https://as.example.com"], jwks: undefined }],
      ["issuer[0].issuer", { issuer: [{ issuer: "http://as.example.com", jwks }], jwks: undefined }],
      ["issuer[0].issuer", { issuer: [{ jwks }], jwks: undefined }],
      ["issuer[1].issuer", { issuer: [1, 2].map(() => ({ issuer: I, jwks })), jwks: undefined }],
      ["fetch", { jwks: undefined }],
      ["fetch", { fetch: "https://as.example.com" }],
      ["jwks", { jwks: "https://as.example.com/jwks" }],
      ["jwks", { jwks: { keys: [] } }],
      ["jwks", { jwks: { keys: [{ kty: "oct", k: "c2VjcmV0" }] } }],
      ["jwks", { jwks: { keys: [k2Public] }, algorithms: ["ES256"] }],
      ["jwks", { issuer: [{ issuer: I, jwks }] }],
      ["fetch", { issuer: [{ issuer: I }], jwks: undefined }],
      ["issuer[0].jwksUri", { issuer: [{ issuer: I, jwks, jwksUri: `${I}/jwks` }], jwks: undefined }],
      ["issuer[0].jwks", { issuer: [{ issuer: I, jwks: { keys: [] } }], jwks: undefined }],
      ["issuer[0].audience", { issuer: [{ issuer: I, jwks, audience: [] }], jwks: undefined }],
      ["issuer[0].algorithms", { issuer: [{ issuer: I, jwks, algorithms: ["HS256"] }], jwks: undefined }],
      ["issuer[0].clients", { issuer: [{ issuer: I, jwks, clients: [] }], jwks: undefined }],
      [
        "issuer[0].clockToleranceSeconds",
        { issuer: [{ issuer: I, jwks, clockToleranceSeconds: 61 }], jwks: undefined }
      ],
      ["issuer[0].foreignAudiences", { issuer: [{ issuer: I, jwks, foreignAudiences: [""] }], jwks: undefined }],
      ["issuer[0].dialect", { issuer: [{ issuer: I, jwks, dialect: "rfc9068" }], jwks: undefined }],
      ["issuer[0].dialect.lenient", withDialect({ lenient: true })],
      ["issuer[0].dialect.types", withDialect({ types: undefined })],
      ["issuer[0].dialect.fixed", withDialect({ fixed: { token_use: "access" } })],
      ["issuer[0].dialect.typeMayBeAbsent", withDialect({ typeMayBeAbsent: 1 })],
      ["audienceGroup", { audienceGroup: [] }],
      ["audienceGroup", { audienceGroup: ["https://other.example.com/mcp"] }],
      ["audienceGroup", { audienceGroup: [R, 1] }],
      ["foreignAudiences", { foreignAudiences: "https://other.example.com" }],
      ["clients", { clients: [] }],
      ["clients", { clients: "c1" }],
      ["clients", { clients: ["c1", ""] }],
      ["revoked", { revoked: new Set() }],
      ["onKeyProblem", { onKeyProblem: true }],
      ["tokenCache", { tokenCache: true }],
      ["tokenCache", { tokenCache: null }],
      ["tokenCache.maximumTokens", { tokenCache: { maximumTokens: 1 } }],
      ["tokenCache.maximumEntries", { tokenCache: { maximumEntries: 0 } }],
      ["tokenCache.maximumEntries", { tokenCache: { maximumEntries: 1.5 } }],
      ["tokenCache.maximumEntries", { tokenCache: { maximumEntries: 1_000_001 } }],
      ["tokenCache.maximumAgeSeconds", { tokenCache: { maximumAgeSeconds: Number.POSITIVE_INFINITY } }],
      ["keyCache", { keyCache: 600 }],
      ["keyCache.minimumAgeSeconds", { keyCache: { minimumAgeSeconds: 3601 } }],
      ["fetch", { jwks: { uri: `${I}/jwks` } }],
      ["algorithms", { algorithms: [] }],
      ["algorithms", { algorithms: ["none"] }],
      ["algorithms", { algorithms: ["ES256", "HS256"] }],
      ["algorithms", { algorithms: ["toString"] }],
      ["clockToleranceSeconds", { clockToleranceSeconds: 61 }],
      ["clockToleranceSeconds", { clockToleranceSeconds: Number.NaN }],
      ["maximumLifetimeSeconds", { maximumLifetimeSeconds: 0 }],
      ["keyCache.cooldownSeconds", { keyCache: { cooldownSeconds: 0 } }],
      ["keyCache.maxStaleSeconds", { keyCache: { maxStaleSeconds: 1 } }]
    ]
    for (const [key, options] of cases) {
      const error = whyNot(options)
      expect(error, JSON.stringify(options)).toMatchObject({ _tag: "ConfigurationInvalid", key })
      expect(error?.message).toContain(`${key} is wrong: `)
    }
    expect(whyNot({})).toBeUndefined()
  })

  it("[JWK-11] refuse a jwks_uri that is not https, before anything is fetched", () => {
    const { calls, fetch } = endpoint("network")
    for (const uri of [
      "http://as.example.com/jwks",
      "file:///etc/passwd",
      "data:application/json,{}",
      "https://user:password@as.example.com/jwks",
      "https://user@as.example.com/jwks"
    ]) {
      expect(whyNot({ jwks: { uri }, fetch })).toMatchObject({ key: "jwks" })
      expect(whyNot({ issuer: [{ issuer: I, jwksUri: uri }], jwks: undefined, fetch })).toMatchObject({
        key: "issuer[0].jwksUri"
      })
    }
    expect(calls).toEqual([])
    expect(whyNot({ jwks: { uri: "http://127.0.0.1:8080/jwks" }, fetch })).toBeUndefined()
    expect(whyNot({ jwks: { uri: "https://as.example.com/jwks" }, fetch })).toBeUndefined()
  })
})
