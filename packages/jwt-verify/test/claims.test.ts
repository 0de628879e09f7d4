import type { VerifiedToken } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { accept, atNow, claims, header, I, make, NOW, refuse, sign, tagOf, token, tokenWithout } from "./fixture.ts"

describe("the issuer", () => {
  it("[JWT-25] is compared character for character", async () => {
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

describe("times", () => {
  it("[JWT-21] expires at exp and a tolerance of five seconds", async () => {
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

  it("[JWT-23] is not valid before nbf or iat, and takes numbers alone", async () => {
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

  it("[JWT-24] refuses a token that lives ten years", async () => {
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
  it("[JWT-30] are all required", async () => {
    for (const claim of ["iss", "exp", "sub", "client_id", "iat", "jti"] as const) {
      expect(await refuse(await tokenWithout(claim))).toMatchObject({
        _tag: "ClaimMissing",
        claim,
        spec: "RFC 9068 section 2.2"
      })
    }
    expect(await refuse(await tokenWithout("aud"))).toMatchObject({ _tag: "AudienceMismatch", reason: "absent" })
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

  it("[JWT-31] takes a subject as it came or not at all", async () => {
    for (const sub of ["", 0, null, ["u1"], "a".repeat(10_000), "u1\u0000"]) {
      expect(await refuse(await token({ sub }))).toMatchObject({ _tag: "ClaimInvalid", claim: "sub" })
    }
    expect((await accept(await token({ sub: "u1 " }))).subject).toBe("u1 ")
    for (const claim of ["client_id", "jti"]) {
      expect(await refuse(await token({ [claim]: 1 }))).toMatchObject({ _tag: "ClaimInvalid", claim })
    }
  })

  it("keeps nbf, and no nbf, for whoever looks at the token later", async () => {
    expect((await accept(await token({ nbf: NOW - 1 }))).notBefore).toBe(1_799_999_999)
    expect((await accept(await token())).notBefore).toBeUndefined()
  })
})

describe("a token that is bound to a key", () => {
  const jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

  it("[JWT-34] is refused as a bearer token, whatever it is bound to", async () => {
    for (const cnf of [{ jkt }, { jkt: "x" }, { "x5t#S256": jkt }, {}, null, "x", []]) {
      expect(await refuse(await token({ cnf }))).toMatchObject({ _tag: "TokenBound", spec: "RFC 9449 section 7.2" })
    }
  })

  it("is given to a caller who checks the proof, with the key's thumbprint", async () => {
    const text = await token({ cnf: { jkt } })
    expect((await atNow(make().verify(text, { acceptBound: true }))).keyThumbprint).toBe(jkt)
    expect((await atNow(make().verify(await token(), { acceptBound: true }))).keyThumbprint).toBeUndefined()
  })

  it("is refused also by a caller who checks proofs when it is bound to anything but one key of DPoP", async () => {
    const others = [
      { "x5t#S256": jkt },
      { jkt, "x5t#S256": jkt },
      { jkt, jwk: {} },
      { jkt: `${jkt}=` },
      { jkt: jkt.slice(1) },
      { jkt: [jkt] },
      { jkt: `${jkt.slice(1)}\n` },
      {},
      null,
      [jkt],
      jkt
    ]
    for (const cnf of others) {
      const refused = await atNow(Effect.flip(make().verify(await token({ cnf }), { acceptBound: true })))
      expect(refused._tag).toBe("TokenBound")
    }
  })
})

describe("clients", () => {
  it("are let in by their exact id", async () => {
    expect((await accept(await token(), { clients: ["c0", "c1"] })).clientId).toBe("c1")
    for (const client_id of ["C1", "c1 ", "c10", "c"]) {
      expect(await refuse(await token({ client_id }), { clients: ["c1"] })).toMatchObject({
        _tag: "ClientForbidden",
        spec: "RFC 9068 section 4"
      })
    }
  })

  it("are let in by a predicate, which sees only tokens that are right otherwise", async () => {
    const asked: Array<string> = []
    const clients = (seen: VerifiedToken) => {
      asked.push(seen.subject)
      return seen.subject === "u1"
    }
    expect((await accept(await token(), { clients })).subject).toBe("u1")
    expect(await tagOf(await token({ sub: "u2" }), { clients })).toBe("ClientForbidden")
    for (const changes of [{ exp: NOW - 6 }, { nbf: NOW + 60 }, { aud: "https://other/" }, { scope: 1 }, { cnf: {} }]) {
      await refuse(await token({ ...changes, sub: "u3" }), { clients })
    }
    expect(asked).toEqual(["u1", "u2"])
  })

  it("are not let in by a predicate that answers with anything but true", async () => {
    for (const answer of [Promise.resolve(true), 1, "true", {}, undefined]) {
      const clients: unknown = () => answer
      expect(await tagOf(await token(), { clients: clients as () => boolean })).toBe("ClientForbidden")
    }
  })
})

describe("actors", () => {
  const chain = (length: number): object =>
    length === 1 ? { sub: "a1" } : { sub: `a${length}`, act: chain(length - 1) }

  it("are read from the one who acts now to the first", async () => {
    const act = { sub: "agent", client_id: "c9", iss: "https://as.example.com", act: { sub: "gateway", extra: 1 } }
    expect((await accept(await token({ act }))).actors).toEqual([
      { subject: "agent", issuer: "https://as.example.com", clientId: "c9" },
      { subject: "gateway" }
    ])
    expect((await accept(await token())).actors).toEqual([])
  })

  it("are at most eight", async () => {
    expect((await accept(await token({ act: chain(8) }))).actors.map(({ subject }) => subject)).toEqual([
      "a8",
      "a7",
      "a6",
      "a5",
      "a4",
      "a3",
      "a2",
      "a1"
    ])
    expect(await refuse(await token({ act: chain(9) }))).toMatchObject({ _tag: "ClaimInvalid", claim: "act" })
  })

  it("refuses a chain that is not one", async () => {
    const chains = [
      null,
      "agent",
      [],
      [{ sub: "agent" }],
      {},
      { sub: "" },
      { sub: 1 },
      { sub: "a\u0000" },
      { sub: "agent", iss: 1 },
      { sub: "agent", client_id: ["c"] },
      { sub: "agent", act: null },
      { sub: "agent", act: { iss: "https://as.example.com" } }
    ]
    for (const act of chains) {
      expect(await refuse(await token({ act }))).toMatchObject({ _tag: "ClaimInvalid", claim: "act" })
    }
  })
})

describe("a remembered token", () => {
  it("is checked against the clock and the clients again", async () => {
    let letIn = true
    const verifier = make({ clients: () => letIn, tokenCache: { maximumAgeSeconds: 3600 } })
    const text = await token({ nbf: NOW + 5, iat: NOW + 5 })
    await atNow(verifier.verify(text))
    const at = (seconds: number) => {
      const recalled = verifier.recall(text, (NOW + seconds) * 1000)
      return recalled === undefined || Result.isSuccess(recalled) ? recalled?.success.subject : recalled.failure
    }
    expect(at(0)).toBe("u1")
    expect(at(304)).toBe("u1")
    letIn = false
    expect(at(0)).toMatchObject({ _tag: "ClientForbidden" })
    expect(at(305)).toMatchObject({ _tag: "TokenExpired", expiredAt: 1_800_000_300 })
  })
})
