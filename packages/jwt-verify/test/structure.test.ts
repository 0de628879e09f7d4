import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { encodeBase64Url } from "@postern/bytes"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { accept, claims, endpoint, header, I, k1, make, NOW, R, refuse, sign, tagOf, token, utf8 } from "./fixture.ts"
import { growth } from "../../../tests/growth.ts"

const json = (value: unknown) => encodeBase64Url(utf8(JSON.stringify(value)))

describe("the form of a token", () => {
  it("accepts the token of the fixture and gives back what it says", async () => {
    const { claims: all, scope, ...rest } = await accept(await token({ extra: 1 }))
    expect(rest).toEqual({
      issuer: "https://as.example.com",
      subject: "u1",
      audience: ["https://mcp.example.com/mcp"],
      clientId: "c1",
      expiresAt: 1_800_000_300,
      issuedAt: 1_800_000_000,
      notBefore: undefined,
      id: "j1",
      actors: [],
      keyThumbprint: undefined
    })
    expect([...scope]).toEqual(["files:read"])
    expect(all["extra"]).toBe(1)
  })

  it("refuses other numbers of parts", async () => {
    for (const text of ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e.f", ".".repeat(10_000)]) {
      expect(await refuse(text)).toMatchObject({ _tag: "TokenMalformed", part: "token", reason: "part-count" })
    }
  })

  it("refuses more than 16384 characters before it reads them", async () => {
    expect(await refuse("a".repeat(16_385))).toMatchObject({ reason: "too-large" })
    expect(await refuse(await token({ padding: "a".repeat(16_384) }))).toMatchObject({ reason: "too-large" })
  })

  it("reads a hostile token in time linear in its length", async () => {
    const verifier = make()
    const token = (length: number) => `${"A".repeat(length)}.`
    const verify = (text: string) => Effect.runSync(Effect.flip(verifier.verify(text)))
    expect(await growth(250, token, verify)).toBeLessThan(12)
    // More than 16384 characters are not looked at.
    expect(await growth(16_000, token, verify)).toBeLessThan(2)
  })

  it("refuses base64url that is not canonical, in every part", async () => {
    const [head, body, signature] = (await token()).split(".") as [string, string, string]
    expect(await refuse(`${head}=.${body}.${signature}`)).toMatchObject({ part: "header", reason: "encoding" })
    expect(await refuse(`${head}.${body}=.${signature}`)).toMatchObject({ part: "claims", reason: "encoding" })
    expect(await refuse(`${head}.${body}.${signature}=`)).toMatchObject({ part: "signature", reason: "encoding" })
    expect(await refuse(`${head}.${body}.${signature.slice(0, -1)}+`)).toMatchObject({ part: "signature" })
  })

  it("refuses the second spelling of one signature", async () => {
    const text = await token()
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    const next = letters.charAt(letters.indexOf(text.slice(-1)) + 1)
    expect(await refuse(text.slice(0, -1) + next)).toMatchObject({ part: "signature", reason: "encoding" })
  })

  it("[JWT-16] refuses a JSON serialization, whatever it holds", async () => {
    const [protectedHeader, payload, signature] = (await token()).split(".")
    const serialized = JSON.stringify({ payload, signatures: [{ protected: protectedHeader, signature }] })
    expect(await tagOf(serialized)).toBe("TokenMalformed")
  })

  it("[JWT-17] recognises a JWE of five parts and does no work on it", async () => {
    const { calls, fetch } = endpoint("network")
    const nested = await token()
    const tokens = [
      `${json({ alg: "dir", enc: "A256GCM", zip: "DEF", typ: "at+jwt", kid: "k1" })}..AAAA.${encodeBase64Url(utf8(nested))}.AAAA`,
      `${json({ alg: "PBES2-HS256+A128KW", enc: "A128GCM", p2c: 2_147_483_647, p2s: "AAAA" })}.AAAA.AAAA.AAAA.AAAA`
    ]
    for (const text of tokens) {
      // Synchronously: nothing was waited for, so no key was derived and nothing inflated.
      const rejection = Effect.runSync(Effect.flip(make({ jwks: { uri: `${I}/jwks` }, fetch }).verify(text)))
      expect(rejection).toMatchObject({ _tag: "TokenEncrypted", spec: "RFC 9068 section 4" })
      expect(rejection.message).toContain("asked for without naming an audience or resource")
      expect(make({ jwks: { uri: `${I}/jwks` }, fetch }).recall(text, NOW * 1000)).toBeUndefined()
    }
    expect(calls).toEqual([])
  })

  it("[JWT-32] refuses a member name that stands twice, in claims and in the header", async () => {
    const text = JSON.stringify(claims).replace('"sub":"u1"', '"sub":"u1","sub":"admin"')
    expect(await refuse(await sign(header, text))).toMatchObject({ part: "claims", reason: "json" })
    const escaped = JSON.stringify(claims).replace('"sub":"u1"', String.raw`"sub":"u1","\u0073ub":"admin"`)
    expect(await refuse(await sign(header, escaped))).toMatchObject({ part: "claims", reason: "json" })
    const twice = '{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"k1"}'
    expect(await refuse(await sign(twice, claims))).toMatchObject({ part: "header", reason: "json" })
  })

  it("[JWT-33] refuses claims that are no JSON object in UTF-8", async () => {
    const text = JSON.stringify(claims)
    const nested = `${text.slice(0, -1)},"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`
    const payloads: ReadonlyArray<unknown> = [
      `\uFEFF${text}`,
      Uint8Array.of(...utf8(text.slice(0, -1)), ...utf8(',"x":"'), 0xc0, 0xaf, ...utf8('"}')),
      new Uint8Array(new Uint16Array(Array.from(text, (letter) => letter.charCodeAt(0))).buffer),
      text.replace('"u1"', String.raw`"\ud800"`),
      `${text.slice(0, -1)},"x":"${String.raw`\udfff`}"}`,
      [claims],
      '"text"',
      "1",
      "null",
      `${text.slice(0, -1)},"x":${"[".repeat(5000)}${"]".repeat(5000)}}`
    ]
    for (const payload of payloads) {
      expect(await refuse(await sign(header, payload))).toMatchObject({
        _tag: "TokenMalformed",
        part: "claims",
        reason: "json"
      })
    }
    // The depth that the case names does not fit into what is read at all.
    expect(await refuse(await sign(header, nested))).toMatchObject({ _tag: "TokenMalformed", reason: "too-large" })
  })

  it("never dies of a text", async () => {
    const verifier = make()
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: "binary" })), async (text) => {
        expect(await Effect.runPromise(Effect.isFailure(verifier.verify(text)))).toBe(true)
      })
    )
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.json(), async (head, body) => {
        const text = await sign(head, body)
        expect(await Effect.runPromise(Effect.isFailure(verifier.verify(text)))).toBe(true)
      })
    )
  })
})

describe("the header", () => {
  it("[JWT-28] accepts the type of an access token in its two spellings and no other", async () => {
    for (const typ of ["at+JWT", "application/at+jwt", "at+jwt", "Application/AT+JWT"]) {
      expect((await accept(await token({}, { typ }))).subject).toBe("u1")
    }
    const others = [
      "JWT",
      undefined,
      "refresh+jwt",
      "dpop+jwt",
      "oauth-id-jag+jwt",
      "client-authentication+jwt",
      "logout+jwt"
    ]
    for (const typ of [...others, "", 1, null, ["at+jwt"], "at+jwt ", "text/at+jwt"]) {
      expect(await refuse(await token({}, { typ }))).toMatchObject({ _tag: "TypeMismatch", spec: "RFC 9068 section 4" })
    }
  })

  it("[JWT-29] refuses an ID token, also one that names this resource as an audience", async () => {
    const idClaims = { nonce: "n", at_hash: "h", azp: "c1" }
    for (const aud of ["c1", ["c1", R]]) {
      for (const typ of ["JWT", undefined]) {
        expect(await tagOf(await token({ ...idClaims, aud }, { typ }))).toBe("TypeMismatch")
      }
    }
  })

  it("[JWT-10] refuses critical extensions", async () => {
    const text = await token({}, { crit: ["exp2"], exp2: 1 })
    expect(await refuse(text)).toMatchObject({ _tag: "TokenMalformed", part: "header", reason: "critical-extension" })
    for (const crit of [[], "exp2", ["alg"], null]) {
      expect(await refuse(await token({}, { crit }))).toMatchObject({ reason: "critical-extension" })
    }
    expect(await refuse(await token({}, { b64: false }))).toMatchObject({ reason: "critical-extension" })
  })

  it("[JWT-08] refuses a place to fetch keys from and never calls there", async () => {
    const connections: Array<string | undefined> = []
    const canary = http.createServer((request, response) => {
      connections.push(request.url)
      response.end(JSON.stringify({ keys: [] }))
    })
    await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve))
    const { port } = canary.address() as AddressInfo
    const { calls, fetch } = endpoint("network")
    const texts = [
      await token({}, { jku: `http://127.0.0.1:${port}/jwks`, x5u: "http://169.254.169.254/" }),
      await token({}, { jku: `http://127.0.0.1:${port}/jwks` }),
      await token({}, { x5u: "http://169.254.169.254/" })
    ]
    for (const text of texts) expect(await refuse(text, { fetch })).toMatchObject({ reason: "key-in-header" })
    expect(calls).toEqual([])
    expect(connections).toEqual([])
    await new Promise((resolve) => canary.close(resolve))
  })

  it("refuses alg and kid of the wrong type", async () => {
    for (const changes of [{ alg: 1 }, { alg: undefined }, { alg: null }, { kid: 1 }, { kid: null }]) {
      expect(await refuse(await token({}, changes))).toMatchObject({ part: "header", reason: "member" })
    }
  })
})

describe("rejections", () => {
  it("hold neither the token nor jose's error", async () => {
    const secret = "a-claim-nobody-may-see"
    const text = await token({ secret, exp: 1 })
    const tampered = `${text.slice(0, -40)}${"A".repeat(39)}A`
    for (const rejection of [await refuse(text), await refuse(tampered), await refuse(`${text}x`)]) {
      const shown = JSON.stringify(rejection) + String(rejection) + rejection.message
      expect(rejection.cause).toBeUndefined()
      expect(shown).not.toContain(secret)
      expect(shown).not.toContain(text.split(".")[1])
    }
  })

  it("are what an ES256 key of another pair gets", async () => {
    const other = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])
    expect(await tagOf(await sign(header, claims, other.privateKey))).toBe("SignatureInvalid")
    expect(await tagOf(await sign(header, claims, k1.privateKey), { audience: "https://other.example" })).toBe(
      "AudienceMismatch"
    )
  })

  it("[JWT-27] find nothing inherited by the name of an issuer or of a key", async () => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(await tagOf(await token({ iss: name }))).toBe("IssuerMismatch")
      expect(await tagOf(await token({}, { kid: name }))).toBe("KeyUnknown")
      expect(await tagOf(await sign(header, JSON.stringify(claims).replace('"iss"', `"${name}"`)))).toBe("ClaimMissing")
    }
    const polluted = `{"__proto__":${JSON.stringify(claims)}}`
    expect(await tagOf(await sign(header, polluted))).toBe("ClaimMissing")
  })
})
