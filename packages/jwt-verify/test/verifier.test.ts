import { makeVerifier, profile, type TrustedIssuer, type VerifierOptions } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Tracer from "effect/Tracer"
import { exportJWK, generateKeyPair } from "jose"
import { describe, expect, it } from "vitest"
import {
  atNow,
  claims,
  endpoint,
  header,
  I,
  jwks,
  k1Public,
  k2,
  make,
  NOW,
  R,
  refuse,
  sign,
  tagOf,
  token
} from "./fixture.ts"

const I2 = "https://as2.example.com"
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
const other = await generateKeyPair("ES256", { extractable: true })
const otherPublic = { ...(await exportJWK(other.publicKey)), kid: "k1", alg: "ES256" }

/** Two issuers whose keys have one name; the second with rules of its own. */
const two = (rules: Partial<TrustedIssuer>, options: Partial<VerifierOptions> = {}) => {
  const issuer = [
    { issuer: I, jwks },
    { issuer: I2, jwks: { keys: [otherPublic, { ...k1Public, kid: "k9" }] }, ...rules }
  ]
  const { jwks: _, ...rest } = { jwks, ...options }
  const verifier = Result.getOrThrow(makeVerifier({ audience: R, ...rest, issuer }))
  return async (text: string) =>
    atNow(Effect.match(verifier.verify(text), { onSuccess: ({ issuer }) => issuer, onFailure: (error) => error._tag }))
}
const fromSecond = (changes: object = {}, headerChanges: object = {}) =>
  sign({ ...header, ...headerChanges }, { ...claims, iss: I2, ...changes }, other.privateKey)

describe("the rules of one issuer", () => {
  it("[JWT-26] bind its tokens to its own keys, also when they have the name of another's", async () => {
    const verify = two({})
    expect(await verify(await token())).toBe("https://as.example.com")
    expect(await verify(await fromSecond())).toBe("https://as2.example.com")
    expect(await verify(await sign(header, claims, other.privateKey))).toBe("SignatureInvalid")
    expect(await verify(await token({ iss: I2 }))).toBe("SignatureInvalid")
    expect(await verify(await token({ iss: I2 }, { kid: "k2" }))).toBe("KeyUnknown")
  })

  it("name its algorithms: one that another issuer may use is refused", async () => {
    const text = await sign({ ...header, alg: "RS256", kid: "k2" }, { ...claims, iss: I2 }, k2.privateKey, RS256)
    const verify = two({ algorithms: ["ES256"] }, { algorithms: ["ES256", "RS256"] })
    expect(await verify(text)).toBe("AlgorithmForbidden")
    expect(await verify(await fromSecond())).toBe("https://as2.example.com")
    expect(await verify(await sign({ ...header, alg: "RS256", kid: "k2" }, claims, k2.privateKey, RS256))).toBe(
      "https://as.example.com"
    )
  })

  it("name its tolerance, its lifetime and its clients", async () => {
    const late = { exp: NOW - 20, iat: NOW - 60 }
    expect(await two({ clockToleranceSeconds: 30 })(await fromSecond(late))).toBe("https://as2.example.com")
    expect(await two({ clockToleranceSeconds: 30 })(await token(late))).toBe("TokenExpired")
    expect(await two({ maximumLifetimeSeconds: 60 })(await fromSecond())).toBe("LifetimeTooLong")
    expect(await two({ maximumLifetimeSeconds: 60 })(await token())).toBe("https://as.example.com")
    expect(await two({ clients: ["c2"] })(await fromSecond())).toBe("ClientForbidden")
    expect(await two({ clients: ["c2"] })(await token())).toBe("https://as.example.com")
    // What is said for all holds for the issuer that says nothing itself.
    const options = { clients: ["c2"], maximumLifetimeSeconds: 60, clockToleranceSeconds: 0 }
    expect(await two({ clients: ["c1"], maximumLifetimeSeconds: 300 }, options)(await fromSecond())).toBe(
      "https://as2.example.com"
    )
    expect(await two({}, { clients: ["c2"] })(await fromSecond())).toBe("ClientForbidden")
  })

  it("name us: what is ours in another issuer's tokens is not in these", async () => {
    const verify = two({ audience: "api://mcp" })
    expect(await verify(await fromSecond({ aud: "api://mcp" }))).toBe("https://as2.example.com")
    expect(await verify(await fromSecond())).toBe("AudienceMismatch")
    expect(await verify(await token({ aud: "api://mcp" }))).toBe("AudienceMismatch")
    expect(await verify(await token())).toBe("https://as.example.com")
  })

  it("name its dialect and nobody else's", async () => {
    const dialect = { ...profile, types: ["jwt"], clientId: ["azp"] }
    const verify = two({ dialect })
    const { client_id: _, ...rest } = claims
    const theirs = await sign({ ...header, typ: "JWT" }, { ...rest, iss: I2, azp: "c1" }, other.privateKey)
    expect(await verify(theirs)).toBe("https://as2.example.com")
    expect(await verify(await sign({ ...header, typ: "JWT" }, { ...rest, azp: "c1" }))).toBe("TypeMismatch")
    expect(await verify(await fromSecond())).toBe("TypeMismatch")
  })

  it("name the strangers that may stand beside us", async () => {
    const aud = [R, "https://other.example.com"]
    const verify = two({ foreignAudiences: ["https://other.example.com"] })
    expect(await verify(await fromSecond({ aud }))).toBe("https://as2.example.com")
    expect(await verify(await token({ aud }))).toBe("AudienceMismatch")
  })
})

describe("audiences beside ours", () => {
  const aud = [R, "https://other.example.com/mcp"]

  it("[RS5] are refused unless they are listed", async () => {
    expect(await refuse(await token({ aud }))).toMatchObject({ _tag: "AudienceMismatch", reason: "foreign" })
    const accepted = await atNow(make({ foreignAudiences: aud }).verify(await token({ aud })))
    expect(accepted.audience).toEqual(["https://mcp.example.com/mcp", "https://other.example.com/mcp"])
  })

  it("may be those of a group of servers that share a token, when ours is in it", async () => {
    const audienceGroup = [...aud, "https://third.example.com/mcp"]
    expect((await atNow(make({ audienceGroup }).verify(await token({ aud })))).subject).toBe("u1")
    expect(await tagOf(await token({ aud: [...aud, "https://fourth.example.com/mcp"] }), { audienceGroup })).toBe(
      "AudienceMismatch"
    )
    // A token for the others alone is not for us, whoever shares what.
    expect(await refuse(await token({ aud: aud[1] }), { audienceGroup })).toMatchObject({ reason: "other" })
    expect(await refuse(await token({ aud: audienceGroup.slice(1) }), { audienceGroup })).toMatchObject({
      reason: "other"
    })
  })
})

describe("the algorithm", () => {
  it("is one of the list, whatever keys the issuer has", async () => {
    // The same keys under a longer list take the token: it is the list that refuses it.
    const keys = { keys: [k1Public, { ...k1Public, kid: "k9" }] }
    const es256 = await token()
    expect(await tagOf(es256, { jwks: { keys: [...keys.keys, ...jwks.keys.slice(1)] }, algorithms: ["RS256"] })).toBe(
      "AlgorithmForbidden"
    )
    for (const alg of ["none", "HS256", "PS512", "ES256K", "RS1", "toString", "__proto__"]) {
      expect(await refuse(await token({}, { alg }), { algorithms: ["ES256"], jwks: keys })).toMatchObject({
        _tag: "AlgorithmForbidden",
        allowed: ["ES256"]
      })
    }
    expect((await atNow(make({ jwks: keys }).verify(es256))).subject).toBe("u1")
  })
})

describe("keys that are not named", () => {
  it("are found by the issuer's metadata", async () => {
    const { calls, fetch } = endpoint(
      {
        status: 200,
        text: JSON.stringify({ issuer: I, jwks_uri: `${I}/keys`, response_types_supported: ["code"] })
      },
      { status: 200, text: JSON.stringify(jwks) }
    )
    const { jwks: _, ...options } = { jwks, issuer: I, audience: R, fetch }
    const verifier = Result.getOrThrow(makeVerifier(options))
    expect((await atNow(verifier.verify(await token()))).subject).toBe("u1")
    expect(calls).toEqual([
      "https://as.example.com/.well-known/oauth-authorization-server",
      "https://as.example.com/keys"
    ])
  })
})

describe("a verification", () => {
  it("is one span for a tracer that somebody has provided", async () => {
    const names: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        names.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    const text = await token()
    await atNow(make().verify(text).pipe(Effect.withTracer(tracer)))
    expect(names).toEqual(["jwt-verify.verify"])
  })
})
