import { encodeBase64Url } from "@postern/bytes"
import type { ProofFlaw } from "@postern/dpop"
import { exportJWK, generateKeyPair } from "jose"
import { describe, expect, it } from "vitest"
import { growth } from "../../../tests/growth.ts"
import {
  accept,
  ATH,
  atNow,
  claims,
  encode,
  header,
  jwk,
  make,
  NOW,
  privateJwk,
  prove,
  reasonOf,
  refuse,
  request,
  sign,
  TOKEN,
  utf8
} from "./fixture.ts"

const valid = await prove()

describe("the header DPoP", () => {
  it("is accepted with one proof", async () => {
    expect(await accept(valid)).toMatchObject({ id: "j1", issuedAt: NOW })
  })

  it("is refused when it is absent", async () => {
    expect(await refuse(null)).toMatchObject({
      _tag: "ProofMissing",
      kind: "rejection",
      spec: "RFC 9449 section 4.3",
      message: "the request has no DPoP proof"
    })
  })

  it("is refused when it came twice, the same proof or another", async () => {
    const other = await prove({ jti: "j2" })
    for (const proof of [`${valid}, ${valid}`, `${valid},${other}`, `${valid}, `, `, ${valid}`, ","]) {
      expect(await refuse(proof)).toMatchObject({
        _tag: "ProofRepeated",
        kind: "rejection",
        spec: "RFC 9449 section 4.3",
        message: "the request has more than one DPoP proof"
      })
    }
    expect(
      (
        await refuse(
          new Headers([
            ["DPoP", valid],
            ["DPoP", other]
          ]).get("dpop")
        )
      )._tag
    ).toBe("ProofRepeated")
  })
})

describe("the form", () => {
  const [head = "", body = "", signature = ""] = valid.split(".")

  it("is three parts of canonical base64url", async () => {
    for (const proof of [
      "",
      " ",
      "x",
      "..",
      ". .",
      `${head}.${body}`,
      `${head}.${body}.`.slice(0, -1),
      `${valid}.`,
      `${valid}.${signature}`,
      `.${body}.${signature}`,
      `${head}..${signature}`,
      ` ${valid}`,
      `${valid} `,
      `${valid}\n`,
      `${head}=.${body}.${signature}`,
      `${head}.${body}.${signature}==`,
      `${head}.${body}.${signature.slice(0, -1)}\u00e9`,
      `${head.replace("e", "+")}.${body}.${signature}`
    ]) {
      expect(await refuse(proof)).toMatchObject({
        _tag: "ProofInvalid",
        kind: "rejection",
        spec: "RFC 9449 section 4.3",
        reason: "form"
      })
    }
  })

  it("is JSON objects in UTF-8 without a member name twice", async () => {
    const text = JSON.stringify(claims)
    const headerText = JSON.stringify(header)
    for (const proof of [
      await sign(header, text.replace("{", '{"htm":"GET",')),
      await sign(header, text.replace("{", String.raw`{"\u0068tm":"GET",`)),
      await sign(headerText.replace("{", '{"typ":"dpop+jwt",'), claims),
      await sign(headerText.replace('"jwk":{', '"jwk":{"kty":"EC",'), claims),
      await sign(header, `\uFEFF${text}`),
      await sign(header, Uint8Array.of(...utf8(text.slice(0, -1)), 0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
      await sign(header, "[]"),
      await sign(header, "null"),
      await sign("1", claims),
      await sign("", claims),
      await sign(header, text.slice(1)),
      await sign(header, text.replace("1800000000", "1e999"))
    ]) {
      expect(await reasonOf(proof)).toBe("form")
    }
  })

  it("is at most 8192 characters long", async () => {
    const withPadding = (length: number) => prove({ pad: "a".repeat(length) })
    const most = await withPadding(5700)
    expect(most.length).toBeLessThanOrEqual(8192)
    expect((await accept(most)).id).toBe("j1")
    const over = await withPadding(5800)
    expect(over.length).toBeGreaterThan(8192)
    expect(await reasonOf(over)).toBe("form")
  })

  it("has no critical extension", async () => {
    expect(await reasonOf(await prove({}, { crit: ["exp2"], exp2: 1 }))).toBe("form")
    expect(await reasonOf(await prove({}, { crit: [] }))).toBe("form")
    expect(await reasonOf(await prove({}, { crit: ["b64"], b64: false }))).toBe("form")
    expect(await reasonOf(await prove({}, { b64: false }))).toBe("form")
  })

  it("takes time in proportion to its length, and no more than the limit allows", async () => {
    const run = (proof: string) => refuse(proof).then(() => undefined)
    expect(await growth(100, (size) => encode(`{"a":${"[".repeat(size)}`), run)).toBeLessThan(12)
    expect(await growth(20_000, (size) => "a.".repeat(size), run)).toBeLessThan(12)
  })
})

describe("the type and the algorithm", () => {
  it("is dpop+jwt, exactly", async () => {
    for (const typ of [
      "jwt",
      "JWT",
      "at+jwt",
      "DPOP+JWT",
      "application/dpop+jwt",
      "dpop+jwt ",
      "",
      null,
      1,
      ["dpop+jwt"]
    ]) {
      expect(await refuse(await prove({}, { typ }))).toMatchObject({ _tag: "ProofInvalid", reason: "type" })
    }
    const { typ: _, ...without } = header
    expect(await reasonOf(await sign(without, claims))).toBe("type")
  })

  it("is never none", async () => {
    for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
      const parts = `${encode({ ...header, alg })}.${encode(claims)}`
      expect(await reasonOf(`${parts}.`)).toBe("algorithm")
      expect(await reasonOf(`${parts}.${valid.split(".")[2]}`)).toBe("algorithm")
    }
  })

  it("is never an HMAC, whatever its key", async () => {
    const secret = utf8(JSON.stringify(jwk))
    const hmac = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
    const symmetric = { kty: "oct", k: encodeBase64Url(secret) }
    for (const alg of ["HS256", "HS384", "HS512"]) {
      expect(await reasonOf(await sign({ ...header, alg }, claims, hmac, "HMAC"))).toBe("algorithm")
      expect(await reasonOf(await sign({ ...header, alg, jwk: symmetric }, claims, hmac, "HMAC"))).toBe("algorithm")
    }
  })

  it("is one of the list, and no name that every object has", async () => {
    for (const alg of ["ES256K", "RS1", "es256", "constructor", "__proto__", "toString", null, 1, ["ES256"]]) {
      expect(await reasonOf(await prove({}, { alg }))).toBe("algorithm")
    }
    const { alg: _, ...without } = header
    expect(await reasonOf(await sign(without, claims))).toBe("algorithm")
    expect(await reasonOf(valid, {}, { algorithms: ["PS256", "RS256"] })).toBe("algorithm")
    expect((await accept(valid, {}, { algorithms: ["ES256"] })).id).toBe("j1")
  })

  it("is accepted for every algorithm of the list", async () => {
    const all = {
      ES256: { name: "ECDSA", hash: "SHA-256" },
      ES384: { name: "ECDSA", hash: "SHA-384" },
      ES512: { name: "ECDSA", hash: "SHA-512" },
      EdDSA: "Ed25519",
      Ed25519: "Ed25519",
      PS256: { name: "RSA-PSS", saltLength: 32 },
      RS256: { name: "RSASSA-PKCS1-v1_5" }
    }
    for (const [alg, algorithm] of Object.entries(all)) {
      const pair = await generateKeyPair(alg, { extractable: true })
      const key = await exportJWK(pair.publicKey)
      const proof = await sign({ ...header, alg, jwk: key }, claims, pair.privateKey, algorithm)
      expect((await accept(proof)).id).toBe("j1")
      // Browsers write these beside the key.
      const exported = await crypto.subtle.exportKey("jwk", pair.publicKey)
      const withMore = await sign({ ...header, alg, jwk: exported }, claims, pair.privateKey, algorithm)
      expect((await accept(withMore)).id).toBe("j1")
    }
  })
})

describe("the signature", () => {
  it("is made with the key of the proof over these bytes", async () => {
    const other = await generateKeyPair("ES256")
    expect(await refuse(await sign(header, claims, other.privateKey))).toMatchObject({
      _tag: "ProofInvalid",
      reason: "signature",
      message: "the DPoP proof is not valid: its signature does not match its key"
    })
    const [head, , signature] = valid.split(".")
    expect(await reasonOf(`${head}.${encode({ ...claims, jti: "j2" })}.${signature}`)).toBe("signature")
    const [, body] = valid.split(".")
    expect(await reasonOf(`${encode({ ...header, kid: "x" })}.${body}.${signature}`)).toBe("signature")
  })

  it("is not empty, zero, too short or too long", async () => {
    const [head, body] = valid.split(".")
    for (const bytes of [
      new Uint8Array(),
      new Uint8Array(64),
      new Uint8Array(63).fill(1),
      new Uint8Array(65).fill(1)
    ]) {
      expect(await reasonOf(`${head}.${body}.${encode(bytes)}`)).toBe("signature")
    }
  })

  it("is checked again for a key that passed before", async () => {
    const { verify } = make()
    expect((await atNow(verify(request(valid)))).id).toBe("j1")
    const forged = `${encode(header)}.${encode({ ...claims, jti: "j2" })}.${valid.split(".")[2]}`
    await expect(atNow(verify(request(forged)))).rejects.toMatchObject({ reason: "signature" })
  })
})

describe("the claims", () => {
  const reasons: ReadonlyArray<readonly [claim: string, reason: ProofFlaw, values: ReadonlyArray<unknown>]> = [
    ["htm", "claim", [undefined, null, 1, ["POST"], {}]],
    ["htm", "method", ["GET", "post", "Post", "POST ", "", "PATCH"]],
    ["htu", "claim", [undefined, null, 1, [claims["htu"]], {}]],
    ["iat", "claim", [undefined, null, String(NOW), [NOW], {}, true]],
    ["iat", "time", [NOW - 600, NOW + 600, NOW - 301, NOW + 301, 0, -NOW, NOW * 1000, 1e300]],
    ["jti", "claim", [undefined, null, 1, "", ["j1"], {}, "a".repeat(257), "a\u0000b", "a\nb", "\u007f"]],
    ["ath", "token", [undefined, null, 1, "", ATH.slice(0, -1), `${ATH}=`, ATH.toLowerCase(), TOKEN, [ATH]]]
  ]

  for (const [claim, reason, values] of reasons) {
    it(`is refused for its ${claim} (${reason})`, async () => {
      for (const value of values) {
        expect(await refuse(await prove({ [claim]: value }))).toMatchObject({ _tag: "ProofInvalid", reason })
      }
    })
  }

  it("may be made up to 300 seconds before or after now, or within the tolerance that was told", async () => {
    for (const iat of [NOW - 300, NOW + 300, NOW - 0.5, NOW])
      expect((await accept(await prove({ iat }))).issuedAt).toBe(iat)
    const narrow = { toleranceSeconds: 60 }
    expect((await accept(await prove({ iat: NOW - 60 }), {}, narrow)).issuedAt).toBe(NOW - 60)
    expect(await reasonOf(await prove({ iat: NOW - 61 }), {}, narrow)).toBe("time")
    expect(await reasonOf(await prove({ iat: NOW + 61 }), {}, narrow)).toBe("time")
  })

  it("may have a jti of 256 characters", async () => {
    expect((await accept(await prove({ jti: "\u00e9".repeat(256) }))).id).toHaveLength(256)
  })

  it("needs ath with an access token alone, and then of that token", async () => {
    const { ath: _, ...without } = claims
    const { accessToken: _token, ...tokenRequest } = request(await sign(header, without))
    expect((await atNow(make().verify(tokenRequest))).id).toBe("j1")
    expect(await reasonOf(await sign(header, without))).toBe("token")
    expect(await refuse(valid, { accessToken: "another-token" })).toMatchObject({
      reason: "token",
      message: "the DPoP proof is not valid: its ath is not the hash of the access token"
    })
  })

  it("needs ath of the new token when a key comes again with another token", async () => {
    const { verify } = make()
    await atNow(verify(request(valid)))
    await atNow(verify(request(await prove({ jti: "j2" }))))
    const stolen = request(await prove({ jti: "j3" }), { accessToken: "another-token" })
    await expect(atNow(verify(stolen))).rejects.toMatchObject({ reason: "token" })
  })

  it("ignores a nonce where none is asked for, and other claims", async () => {
    expect((await accept(await prove({ nonce: 1, extra: { a: [1] } }))).id).toBe("j1")
  })
})

describe("the binding", () => {
  it("is refused for another key than that of the access token", async () => {
    const { thumbprint } = await accept(valid)
    expect((await accept(valid, { thumbprint })).thumbprint).toBe(thumbprint)
    for (const bound of [
      "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
      "",
      thumbprint.toLowerCase(),
      `${thumbprint}=`
    ]) {
      expect(await refuse(valid, { thumbprint: bound })).toMatchObject({ _tag: "ProofInvalid", reason: "thumbprint" })
    }
  })

  it("holds for a key that passed before without a token of its own", async () => {
    const { verify } = make()
    await atNow(verify(request(valid)))
    const bound = request(await prove({ jti: "j2" }), { thumbprint: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" })
    await expect(atNow(verify(bound))).rejects.toMatchObject({ reason: "thumbprint" })
  })
})

describe("a rejection", () => {
  it("has no text of the proof or of the token in it", async () => {
    for (const error of [
      await refuse(await prove({ jti: 1, secret: "hush" })),
      await refuse(valid, { accessToken: "hush" }),
      await refuse(`${valid}x`),
      await refuse(await prove({}, { jwk: privateJwk }))
    ]) {
      const text = JSON.stringify(error) + String(error) + error.message
      for (const secret of ["hush", TOKEN, ATH, String(privateJwk.d), valid]) expect(text).not.toContain(secret)
    }
  })
})
