import { makeVerifier } from "@postern/jwt-verify"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { endpoint, I, jwks, k2Public, R } from "./fixture.ts"

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
      ["issuer.jwks_uri", { issuer: [{ issuer: I, jwks_uri: `${I}/jwks` }], jwks: undefined }],
      ["audience", { audience: undefined }],
      ["audience", { audience: [] }],
      ["audience", { audience: "" }],
      ["audience", { audience: [R, 1] }],
      ["issuer", { issuer: "http://as.example.com" }],
      ["issuer", { issuer: "https://as.example.com/?a" }],
      ["issuer", { issuer: [], jwks: undefined }],
      ["issuer", { issuer: ["https://as.example.com"], jwks: undefined }],
      ["issuer", { issuer: [1, 2].map(() => ({ issuer: I, jwks })), jwks: undefined }],
      ["jwks", { jwks: undefined }],
      ["jwks", { jwks: { keys: [] } }],
      ["jwks", { jwks: { keys: [{ kty: "oct", k: "c2VjcmV0" }] } }],
      ["jwks", { jwks: { keys: [k2Public] }, algorithms: ["ES256"] }],
      ["jwks", { issuer: [{ issuer: I, jwks }] }],
      ["jwks", { issuer: [{ issuer: I }], jwks: undefined }],
      ["jwks", { issuer: [{ issuer: I, jwks, jwksUri: `${I}/jwks` }], jwks: undefined }],
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
      expect(whyNot({ issuer: [{ issuer: I, jwksUri: uri }], jwks: undefined, fetch })).toMatchObject({ key: "jwks" })
    }
    expect(calls).toEqual([])
    expect(whyNot({ jwks: { uri: "http://127.0.0.1:8080/jwks" }, fetch })).toBeUndefined()
    expect(whyNot({ jwks: { uri: "https://as.example.com/jwks" }, fetch })).toBeUndefined()
  })
})
