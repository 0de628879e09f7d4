import { describe, expect, it } from "vitest"
import { accept, claims, header, I, NOW, R, refuse, sign, tagOf, token, tokenWithout } from "./fixture.ts"

describe("the issuer", () => {
  it("is compared character for character", async () => {
    for (const iss of [
      "https://as.example.com/",
      "HTTPS://as.example.com",
      "https://as.example.com:443",
      "https://AS.example.com",
      ["https://as.example.com"],
      "https://as.example.com.evil.com",
      "https://as.example.com%2f"
    ]) {
      expect(await refuse(await token({ iss }))).toMatchObject({
        _tag: "IssuerMismatch",
        expected: ["https://as.example.com"],
        spec: "RFC 9068 section 4"
      })
    }
    expect(await refuse(await tokenWithout("iss"))).toMatchObject({ _tag: "ClaimMissing", claim: "iss" })
    expect((await accept(await token({ iss: I }))).issuer).toBe("https://as.example.com")
  })
})

describe("the audience", () => {
  it("must be there and have a name in it", async () => {
    expect(await refuse(await tokenWithout("aud"))).toMatchObject({ _tag: "AudienceMismatch", reason: "absent" })
    for (const aud of ["", [], null, 1, {}, true]) {
      expect(await refuse(await token({ aud }))).toMatchObject({
        _tag: "AudienceMismatch",
        expected: ["https://mcp.example.com/mcp"],
        spec: "RFC 9068 section 4"
      })
    }
  })

  it("is not another resource, the client, the issuer or a sibling", async () => {
    for (const aud of ["https://other.example.com/mcp", "c1", I, "https://mcp.example.com/other"]) {
      expect(await refuse(await token({ aud }))).toMatchObject({ _tag: "AudienceMismatch", reason: "other" })
      expect(await refuse(await token({ aud: [aud] }))).toMatchObject({ _tag: "AudienceMismatch", reason: "other" })
    }
  })

  it("is neither the parent nor a child of the resource, unless that alias is configured", async () => {
    for (const aud of ["https://mcp.example.com", "https://mcp.example.com/mcp/sub"]) {
      expect(await tagOf(await token({ aud }))).toBe("AudienceMismatch")
      expect((await accept(await token({ aud }), { audience: [R, aud] })).audience).toEqual([aud])
    }
  })

  it("is compared as it came: no case, port or slash is folded", async () => {
    for (const aud of [`${R}/`, "HTTPS://MCP.EXAMPLE.COM/mcp", "https://mcp.example.com:443/mcp"]) {
      expect(await tagOf(await token({ aud }))).toBe("AudienceMismatch")
    }
    expect(await tagOf(await token(), { audience: `${R}/` })).toBe("AudienceMismatch")
  })

  it("may name others beside ours, strings only", async () => {
    const aud = ["https://other/", R]
    expect((await accept(await token({ aud }))).audience).toEqual(["https://other/", "https://mcp.example.com/mcp"])
    expect(await refuse(await token({ aud }), { singleAudience: true })).toMatchObject({ reason: "several" })
    expect((await accept(await token({ aud: [R] }), { singleAudience: true })).audience).toEqual([R])
    expect(await refuse(await token({ aud: [R, 42] }))).toMatchObject({ _tag: "AudienceMismatch", reason: "shape" })
  })
})

describe("times", () => {
  it("expires at exp and a tolerance of five seconds", async () => {
    expect(await refuse(await token({ exp: NOW - 6 }))).toMatchObject({
      _tag: "TokenExpired",
      expiredAt: 1_799_999_994,
      spec: "RFC 7519 section 4.1.4"
    })
    expect((await accept(await token({ exp: NOW - 4, iat: NOW - 60 }))).expiresAt).toBe(1_799_999_996)
    expect(await tagOf(await token({ exp: NOW - 5 }))).toBe("TokenExpired")
    expect(await tagOf(await token({ exp: NOW - 31 }), { clockToleranceSeconds: 30 })).toBe("TokenExpired")
    expect((await accept(await token({ exp: NOW - 29 }), { clockToleranceSeconds: 30 })).subject).toBe("u1")
  })

  it("is not valid before nbf or iat, and takes numbers alone", async () => {
    expect(await refuse(await token({ nbf: NOW + 3600 }))).toMatchObject({ _tag: "TokenNotYetValid", claim: "nbf" })
    expect(await refuse(await token({ iat: NOW + 3600, exp: NOW + 7200 }))).toMatchObject({
      _tag: "TokenNotYetValid",
      claim: "iat",
      validFrom: 1_800_003_600
    })
    expect(await refuse(await token({ nbf: "0" }))).toMatchObject({ _tag: "ClaimInvalid", claim: "nbf" })
    expect(await refuse(await token({ iat: "x" }))).toMatchObject({ _tag: "ClaimInvalid", claim: "iat" })
    expect((await accept(await token({ nbf: NOW + 5, iat: NOW + 5 }))).subject).toBe("u1")
    expect(await tagOf(await token({ nbf: NOW + 6 }))).toBe("TokenNotYetValid")
  })

  it("refuses times that are no times", async () => {
    for (const exp of ["1", null, -1, [NOW + 300], true]) {
      expect(await refuse(await token({ exp }))).toMatchObject({ _tag: "ClaimInvalid", claim: "exp" })
    }
    expect(await tagOf(await sign(header, JSON.stringify(claims).replace(String(NOW + 300), "1e999")))).toBe(
      "TokenMalformed"
    )
  })

  it("refuses a token that lives ten years", async () => {
    expect(await refuse(await token({ exp: NOW + 315_360_000 }))).toMatchObject({
      _tag: "LifetimeTooLong",
      maximumSeconds: 86_400,
      spec: "RFC 9700 section 2.2.1"
    })
    expect((await accept(await token({ exp: NOW + 86_400 }))).subject).toBe("u1")
    expect(await tagOf(await token({ exp: NOW + 86_401 }))).toBe("LifetimeTooLong")
    expect(await tagOf(await token(), { maximumLifetimeSeconds: 299 })).toBe("LifetimeTooLong")
  })
})

describe("the other claims", () => {
  it("are all required", async () => {
    for (const claim of ["iss", "exp", "sub", "client_id", "iat", "jti"] as const) {
      expect(await refuse(await tokenWithout(claim))).toMatchObject({
        _tag: "ClaimMissing",
        claim,
        spec: "RFC 9068 section 2.2"
      })
    }
    expect(await tagOf(await tokenWithout("aud"))).toBe("AudienceMismatch")
  })

  it("require scope by the security document", async () => {
    expect(await refuse(await tokenWithout("scope"))).toMatchObject({
      _tag: "ClaimMissing",
      claim: "scope",
      spec: "MCP authorization security document section 3"
    })
    for (const scope of [["files:read"], 1, null, {}, "a  b", " a", 'a"b', "é", "a\nb"]) {
      expect(await refuse(await token({ scope }))).toMatchObject({ _tag: "ClaimInvalid", claim: "scope" })
    }
    expect([...(await accept(await token({ scope: "a b a" }))).scope]).toEqual(["a", "b"])
    expect([...(await accept(await token({ scope: "" }))).scope]).toEqual([])
  })

  it("takes a subject as it came or not at all", async () => {
    for (const sub of ["", 0, null, ["u1"], "a".repeat(10_000), "u1\u0000"]) {
      expect(await refuse(await token({ sub }))).toMatchObject({ _tag: "ClaimInvalid", claim: "sub" })
    }
    expect((await accept(await token({ sub: "u1 " }))).subject).toBe("u1 ")
    for (const claim of ["client_id", "jti"]) {
      expect(await refuse(await token({ [claim]: 1 }))).toMatchObject({ _tag: "ClaimInvalid", claim })
    }
  })

  it("refuses a token that is bound to a key", async () => {
    for (const cnf of [{ jkt: "x" }, { "x5t#S256": "x" }, {}, null, "x"]) {
      expect(await refuse(await token({ cnf }))).toMatchObject({ _tag: "TokenBound", spec: "RFC 9449 section 7.2" })
    }
  })
})
