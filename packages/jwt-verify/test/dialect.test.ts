import { type Dialect, makeVerifier, profile, type TrustedIssuer } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { atNow, claims, header, I, jwks, NOW, R, sign, token, tokenWithout } from "./fixture.ts"

const verifier = (dialect: Partial<Dialect>, rules: Partial<TrustedIssuer> = {}) =>
  Result.getOrThrow(
    makeVerifier({ issuer: [{ issuer: I, jwks, dialect: { ...profile, ...dialect }, ...rules }], audience: R })
  )

const accept = (text: string, dialect: Partial<Dialect>, rules?: Partial<TrustedIssuer>) =>
  atNow(verifier(dialect, rules).verify(text))

const refuse = (text: string, dialect: Partial<Dialect>, rules?: Partial<TrustedIssuer>) =>
  atNow(Effect.flip(verifier(dialect, rules).verify(text)))

const SCP = { claim: "scp", form: "list" } as const

describe("scopes", () => {
  const needed = "files:write"
  const withScope = (forms: object) => {
    const { scope: _, ...rest } = claims
    return sign(header, { ...rest, ...forms })
  }

  it("[SCP-03] are taken only in the forms that are enabled, which is one text unless told", async () => {
    for (const forms of [{ scp: [needed] }, { scp: needed }, { roles: [needed] }, {}]) {
      expect(await refuse(await withScope(forms), {})).toMatchObject({ _tag: "ClaimMissing", claim: "scope" })
    }
    for (const scope of [[needed], 1, {}, null, true]) {
      expect(await refuse(await withScope({ scope }), {})).toMatchObject({ _tag: "ClaimInvalid", claim: "scope" })
    }
    const enabled: ReadonlyArray<readonly [object, Dialect["scope"][number]]> = [
      [{ scope: [needed] }, { claim: "scope", form: "list" }],
      [{ scp: [needed] }, SCP],
      [{ scp: needed }, { claim: "scp", form: "text" }],
      [{ roles: [needed] }, { claim: "roles", form: "list" }]
    ]
    for (const [forms, form] of enabled) {
      expect([...(await accept(await withScope(forms), { scope: [form] })).scope]).toEqual(["files:write"])
    }
    for (const scp of [
      needed,
      1,
      {},
      null,
      [1],
      [needed, 1],
      [[needed]],
      [""],
      ["a b"],
      ['a"b'],
      Array(65).fill("a")
    ]) {
      expect(await refuse(await withScope({ scp }), { scope: [SCP] })).toMatchObject({
        _tag: "ClaimInvalid",
        claim: "scp"
      })
    }
  })

  it("are those of the first claim that is there, and a wrong form is not made up for by another claim", async () => {
    const scope = [SCP, { claim: "scope", form: "text" }] as const
    expect([...(await accept(await withScope({ scp: ["a"], scope: "b" }), { scope })).scope]).toEqual(["a"])
    expect([...(await accept(await withScope({ scope: "b" }), { scope })).scope]).toEqual(["b"])
    expect(await refuse(await withScope({ scp: "a", scope: "b" }), { scope })).toMatchObject({ claim: "scp" })
    const both = [SCP, { claim: "scp", form: "text" }] as const
    expect([...(await accept(await withScope({ scp: "a b" }), { scope: both })).scope]).toEqual(["a", "b"])
  })

  it("are none where the provider may leave them out", async () => {
    expect([...(await accept(await withScope({}), { mayLack: ["scope"] })).scope]).toEqual([])
    expect(await refuse(await withScope({ scope: 1 }), { mayLack: ["scope"] })).toMatchObject({ claim: "scope" })
  })

  it("have what the provider leaves out before each of them", async () => {
    expect([...(await accept(await token({ scope: "a b" }), { scopePrefix: "api://x/" })).scope]).toEqual([
      "api://x/a",
      "api://x/b"
    ])
  })
})

describe("what a dialect lets a token lack", () => {
  it("is iat and jti, and nothing else", async () => {
    const dialect = { mayLack: ["iat", "jti", "scope"] } as const
    expect((await accept(await tokenWithout("iat"), dialect)).issuedAt).toBeUndefined()
    expect((await accept(await tokenWithout("jti"), dialect)).id).toBeUndefined()
    for (const claim of ["exp", "sub", "client_id"] as const) {
      expect(await refuse(await tokenWithout(claim), dialect)).toMatchObject({ _tag: "ClaimMissing", claim })
    }
    expect(await refuse(await tokenWithout("aud"), dialect)).toMatchObject({ _tag: "AudienceMismatch" })
    expect(await refuse(await token({ iat: "x" }), dialect)).toMatchObject({ _tag: "ClaimInvalid", claim: "iat" })
    expect(await refuse(await token({ jti: 1 }), dialect)).toMatchObject({ _tag: "ClaimInvalid", claim: "jti" })
  })

  it("bounds the life that is left where there is no iat", async () => {
    const { iat: _, ...rest } = claims
    const text = await sign(header, { ...rest, exp: NOW + 86_401 })
    expect(await refuse(text, { mayLack: ["iat"] })).toMatchObject({ _tag: "LifetimeTooLong" })
  })
})

describe("the names of claims", () => {
  it("are the first that the token has", async () => {
    const dialect = { clientId: ["cid", "client_id"], subject: ["uid", "sub"], id: ["uti", "jti"] }
    const named = await accept(await token({ cid: "c2", uid: "u2", uti: "t2" }), dialect)
    expect([named.clientId, named.subject, named.id]).toEqual(["c2", "u2", "t2"])
    const plain = await accept(await token(), dialect)
    expect([plain.clientId, plain.subject, plain.id]).toEqual(["c1", "u1", "j1"])
    for (const claim of ["cid", "uid", "uti"]) {
      expect(await refuse(await token({ [claim]: 1 }), dialect)).toMatchObject({ _tag: "ClaimInvalid", claim })
    }
    expect(await refuse(await tokenWithout("client_id"), dialect)).toMatchObject({ _tag: "ClaimMissing", claim: "cid" })
  })
})

describe("claims that tell kinds of tokens apart", () => {
  const dialect = { fixed: { token_use: ["access", "api"] }, absent: ["at_hash"] }

  it("must be there with one of their values", async () => {
    expect((await accept(await token({ token_use: "api" }), dialect)).subject).toBe("u1")
    expect(await refuse(await token(), dialect)).toMatchObject({ _tag: "ClaimMissing", claim: "token_use" })
    for (const token_use of ["id", "ACCESS", "", null, 1, ["access"], {}]) {
      expect(await refuse(await token({ token_use }), dialect)).toMatchObject({
        _tag: "ClaimInvalid",
        claim: "token_use"
      })
    }
  })

  it("must not be there at all", async () => {
    for (const at_hash of ["h", null, ""]) {
      expect(await refuse(await token({ token_use: "access", at_hash }), dialect)).toMatchObject({
        _tag: "ClaimInvalid",
        claim: "at_hash"
      })
    }
  })
})

describe("an audience that does not stand in aud", () => {
  const withoutAud = (changes: object) => {
    const { aud: _, ...rest } = claims
    return sign(header, { ...rest, ...changes })
  }
  const byClient = { audience: { from: "claim", claim: "client_id" } } as const
  const byScope = { audience: { from: "scope-prefix", separator: "/" } } as const

  it("is a claim that is compared exactly", async () => {
    const rules = { audience: ["c1", R] }
    expect((await accept(await withoutAud({}), byClient, rules)).audience).toEqual(["c1"])
    for (const client_id of ["c2", "C1", ["c1"], 1, null]) {
      expect(await refuse(await withoutAud({ client_id }), byClient, rules)).toMatchObject({
        _tag: "AudienceMismatch",
        reason: "other"
      })
    }
    const { client_id: _, ...rest } = claims
    expect(await refuse(await sign(header, { ...rest, aud: R }), byClient, rules)).toMatchObject({ reason: "absent" })
  })

  it("is what stands before the last separator of a scope", async () => {
    const rules = { audience: ["notes", R] }
    const names = async (scope: string) => (await accept(await withoutAud({ scope }), byScope, rules)).audience
    expect(await names("openid notes/read notes/write")).toEqual(["notes"])
    expect(await names(`${R}/read`)).toEqual([R])
    for (const scope of ["openid", "", "notes", "/read"]) {
      expect(await refuse(await withoutAud({ scope }), byScope, rules)).toMatchObject({ reason: "absent" })
    }
    for (const scope of ["other/read", `${R}/sub/read`, "notes/sub/read", "notesx/read", "NOTES/read"]) {
      expect(await refuse(await withoutAud({ scope }), byScope, rules)).toMatchObject({ reason: "other" })
    }
    expect(await refuse(await withoutAud({ scope: "notes/read other/read" }), byScope, rules)).toMatchObject({
      reason: "foreign"
    })
    const listed = { ...rules, foreignAudiences: ["other"] }
    expect((await accept(await withoutAud({ scope: "notes/read other/read" }), byScope, listed)).audience).toEqual([
      "notes",
      "other"
    ])
  })

  it("does not outvote an aud that names another", async () => {
    const foreign = "https://other.example.com/mcp"
    for (const dialect of [byClient, byScope]) {
      const rules = { audience: ["c1", "notes", R] }
      const text = (aud: unknown) => token({ aud, scope: "notes/read" })
      expect(await refuse(await text(foreign), dialect, rules)).toMatchObject({ reason: "other" })
      expect(await refuse(await text([R, foreign]), dialect, rules)).toMatchObject({ reason: "foreign" })
      expect(await refuse(await text([R, 1]), dialect, rules)).toMatchObject({ reason: "shape" })
      expect(await refuse(await text(null), dialect, rules)).toMatchObject({ reason: "shape" })
      expect((await accept(await text(R), dialect, rules)).subject).toBe("u1")
    }
  })
})

describe("the header's type", () => {
  it("is one that the dialect takes, or absent where it may be", async () => {
    const text = (typ: unknown) => token({}, { typ })
    expect((await accept(await text("JWT"), { types: ["jwt"] })).subject).toBe("u1")
    expect(await refuse(await text("at+jwt"), { types: ["jwt"] })).toMatchObject({
      _tag: "TypeMismatch",
      expected: ["jwt"]
    })
    expect(await refuse(await text(undefined), { types: ["jwt"] })).toMatchObject({ _tag: "TypeMismatch" })
    expect((await accept(await text(undefined), { typeMayBeAbsent: true })).subject).toBe("u1")
    for (const typ of ["JWT", null, "", 1]) {
      expect(await refuse(await text(typ), { typeMayBeAbsent: true })).toMatchObject({ _tag: "TypeMismatch" })
    }
  })
})

describe("claims of any JSON", () => {
  it("never make a check throw", async () => {
    const dialects: ReadonlyArray<Partial<Dialect>> = [
      {},
      { audience: { from: "claim", claim: "client_id" }, scope: [SCP], mayLack: ["iat", "jti", "scope"] },
      { audience: { from: "scope-prefix", separator: "/" }, fixed: { ver: ["1"] }, absent: ["nonce"] }
    ]
    const names = ["aud", "exp", "iat", "nbf", "sub", "client_id", "jti", "scope", "scp", "act", "cnf", "ver", "nonce"]
    const changes = fc.dictionary(fc.constantFrom(...names), fc.jsonValue(), { maxKeys: 4 })
    await fc.assert(
      fc.asyncProperty(changes, fc.constantFrom(...dialects), async (changed, dialect) => {
        const verified = await atNow(Effect.exit(verifier(dialect).verify(await token(changed))))
        expect(verified._tag === "Success" || verified.cause.reasons.every(({ _tag }) => _tag === "Fail")).toBe(true)
      }),
      { numRuns: 200 }
    )
  })
})
