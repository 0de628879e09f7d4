import { createPublicKey } from "node:crypto"
import { decodeBase64Url, encodeBase64Url } from "@postern/bytes"
import { makeVerifier, verifySignature } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { exportJWK, exportSPKI, generateKeyPair } from "jose"
import { describe, expect, it } from "vitest"
import {
  accept,
  atNow,
  claims,
  header,
  I,
  jwks,
  k1,
  k1Public,
  k2,
  k2Public,
  R,
  refuse,
  sign,
  tagOf,
  token,
  utf8
} from "./fixture.ts"

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }

const hmac = async (secret: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])

describe("algorithms", () => {
  it("[JWT-01] refuses none", async () => {
    const text = `${encodeBase64Url(utf8('{"alg":"none","typ":"at+jwt"}'))}.${encodeBase64Url(utf8(JSON.stringify(claims)))}.`
    expect(await refuse(text, { algorithms: ["ES256", "RS256"] })).toMatchObject({
      _tag: "AlgorithmForbidden",
      allowed: ["ES256", "RS256"],
      spec: "RFC 8725 section 3.1"
    })
    for (const alg of ["None", "NONE", "nOnE", ""])
      expect(await tagOf(await token({}, { alg }))).toBe("AlgorithmForbidden")
  })

  it("[JWT-03] refuses an HMAC made with any form of the public RSA key", async () => {
    const pem = await exportSPKI(k2.publicKey)
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", k2.publicKey))
    const pkcs1 = createPublicKey(pem).export({ type: "pkcs1", format: "pem" }).toString()
    const secrets = [
      utf8(`${pem.trimEnd()}\n`),
      utf8(pem.trimEnd()),
      utf8(pkcs1),
      spki,
      utf8(JSON.stringify(k2Public)),
      utf8(String(k2Public.n))
    ]
    for (const secret of secrets) {
      const text = await sign({ alg: "HS256", typ: "at+jwt", kid: "k2" }, claims, await hmac(secret), "HMAC")
      expect(await tagOf(text, { algorithms: ["ES256", "RS256"] })).toBe("AlgorithmForbidden")
    }
  })

  it("[JWT-04] takes no key that is text, and no HMAC made with it", async () => {
    const pem = await exportSPKI(k2.publicKey)
    for (const text of [`\n ${pem}`, `\uFEFF${pem}`, pem]) {
      for (const keys of [text, { keys: [text] }, { keys: text }]) {
        const made = makeVerifier({ issuer: I, audience: R, jwks: keys as unknown as { keys: [] } })
        expect(Result.getOrThrow(Result.flip(made))).toMatchObject({ _tag: "ConfigurationInvalid", key: "jwks" })
      }
      const forged = await sign({ alg: "HS256", typ: "at+jwt", kid: "k2" }, claims, await hmac(utf8(text)), "HMAC")
      expect(await tagOf(forged)).toBe("AlgorithmForbidden")
      const alone = await Effect.runPromise(Effect.flip(verifySignature({ token: forged, jwks: text })))
      expect(alone._tag).toBe("AlgorithmForbidden")
    }
  })

  it("[JWT-05] takes the algorithm from the configuration where the key names none", async () => {
    const { alg: _, ...bare } = k2Public
    const options = { jwks: { keys: [bare] }, algorithms: ["ES256", "RS256"] as const }
    const { n } = bare
    const forged = await sign({ alg: "HS256", typ: "at+jwt", kid: "k2" }, claims, await hmac(utf8(String(n))), "HMAC")
    expect(await tagOf(forged, options)).toBe("AlgorithmForbidden")
    const pss512 = await signPss("PS512")
    expect(await tagOf(pss512, options)).toBe("AlgorithmForbidden")
    expect(
      (await accept(await sign({ ...header, alg: "RS256", kid: "k2" }, claims, k2.privateKey, RS256), options)).id
    ).toBe("j1")
    // Without `alg` the key is used with the first RSA algorithm of the list alone.
    expect(await tagOf(await signPss("PS256"), { ...options, algorithms: ["RS256", "PS256"] })).toBe("KeyUnknown")
  })

  const signPss = async (alg: "PS256" | "PS512") => {
    const hash = alg === "PS256" ? "SHA-256" : "SHA-512"
    const jwk = { ...(await exportJWK(k2.privateKey)), alg }
    const key = await crypto.subtle.importKey("jwk", jwk, { name: "RSA-PSS", hash }, false, ["sign"])
    const saltLength = alg === "PS256" ? 32 : 64
    return sign({ ...header, alg, kid: "k2" }, claims, key, { name: "RSA-PSS", saltLength })
  }

  it("[JWT-06] uses one key with one algorithm", async () => {
    const text = await signPss("PS256")
    expect(await tagOf(text, { algorithms: ["RS256", "PS256"] })).toBe("KeyUnknown")
    const forPss = { jwks: { keys: [{ ...k2Public, alg: "PS256" }] } }
    expect((await accept(text, forPss)).subject).toBe("u1")
    expect(await tagOf(await sign({ ...header, alg: "RS256", kid: "k2" }, claims, k2.privateKey, RS256), forPss)).toBe(
      "KeyUnknown"
    )
  })

  it("accepts every algorithm of the default list", async () => {
    for (const alg of ["ES256", "ES384", "ES512", "EdDSA", "Ed25519", "RS256", "PS256"]) {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
      const jwk = { ...(await exportJWK(publicKey)), alg, kid: "k" }
      const algorithm = {
        ES256: { name: "ECDSA", hash: "SHA-256" },
        ES384: { name: "ECDSA", hash: "SHA-384" },
        ES512: { name: "ECDSA", hash: "SHA-512" },
        EdDSA: "Ed25519",
        Ed25519: "Ed25519",
        RS256,
        PS256: { name: "RSA-PSS", saltLength: 32 }
      }[alg]!
      const text = await sign({ ...header, alg, kid: "k" }, claims, privateKey, algorithm)
      expect((await accept(text, { jwks: { keys: [jwk] } })).subject).toBe("u1")
    }
  })

  it("knows Ed25519 by both of its names", async () => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), alg: "EdDSA", kid: "k" }
    const text = await sign({ ...header, alg: "Ed25519", kid: "k" }, claims, privateKey, "Ed25519")
    expect((await accept(text, { jwks: { keys: [jwk] } })).subject).toBe("u1")
  })
})

describe("signatures", () => {
  it("[JWT-07] ignores a key that the token brings", async () => {
    const attacker = await generateKeyPair("ES256", { extractable: true })
    const jwk = await exportJWK(attacker.publicKey)
    expect(await refuse(await sign({ ...header, jwk }, claims, attacker.privateKey))).toMatchObject({
      _tag: "TokenMalformed",
      reason: "key-in-header"
    })
    expect(await tagOf(await sign(header, claims, attacker.privateKey))).toBe("SignatureInvalid")
  })

  it("[JWT-12] refuses a payload that was changed by one byte", async () => {
    const [head, , signature] = (await token()).split(".")
    const changed = JSON.stringify(claims).replace('"scope":"files:read"', '"scope":"files:rea2"')
    expect(changed).not.toBe(JSON.stringify(claims))
    const text = `${head}.${encodeBase64Url(utf8(changed))}.${signature}`
    expect(await refuse(text)).toMatchObject({ _tag: "SignatureInvalid", spec: "RFC 7515 section 5.2" })
  })

  it("[JWT-13] refuses ES256 signatures whose numbers are 0 or the order of the curve", async () => {
    const n = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
    const [head, body, signature] = (await token()).split(".")
    const good = Buffer.from(decodeBase64Url(signature!)!).toString("hex")
    const [r, s] = [good.slice(0, 64), good.slice(64)]
    const zero = "0".repeat(64)
    for (const forged of [zero + zero, zero + s, r + zero, n + s, r + n]) {
      const bytes = new Uint8Array(Buffer.from(forged, "hex"))
      expect(await tagOf(`${head}.${body}.${encodeBase64Url(bytes)}`)).toBe("SignatureInvalid")
    }
  })

  it("[JWT-14] refuses ES256 signatures that are DER, too short, too long, empty or padded", async () => {
    const [head, body, signature] = (await token()).split(".")
    const raw = decodeBase64Url(signature!)!
    const integer = (bytes: Uint8Array) => {
      const positive = bytes[0]! > 127 ? [0, ...bytes] : [...bytes]
      return [2, positive.length, ...positive]
    }
    const pair = [...integer(raw.slice(0, 32)), ...integer(raw.slice(32))]
    const der = Uint8Array.of(0x30, pair.length, ...pair)
    for (const forged of [der, raw.slice(0, 63), Uint8Array.of(...raw, 0), new Uint8Array()]) {
      expect(await tagOf(`${head}.${body}.${encodeBase64Url(forged)}`)).toBe("SignatureInvalid")
    }
    expect(await tagOf(`${head}.${body}.${signature}=`)).toBe("TokenMalformed")
    expect(await tagOf(`${head}.${body}.${signature}==`)).toBe("TokenMalformed")
  })
})

describe("the choice of a key", () => {
  it("[JWT-26] looks a key up inside the token's issuer alone", async () => {
    const other = await generateKeyPair("ES256", { extractable: true })
    const otherPublic = { ...(await exportJWK(other.publicKey)), kid: "k1", alg: "ES256" }
    const issuer = [
      { issuer: I, jwks: { keys: [k1Public] } },
      { issuer: "https://as2.example.com", jwks: { keys: [otherPublic] } }
    ]
    const { verify: verifyEffect } = Result.getOrThrow(makeVerifier({ issuer, audience: R }))
    const verify = (text: string) =>
      atNow(
        Effect.match(verifyEffect(text), { onSuccess: (verified) => verified.issuer, onFailure: (error) => error._tag })
      )
    expect(await verify(await sign(header, claims, other.privateKey))).toBe("SignatureInvalid")
    expect(await verify(await sign(header, { ...claims, iss: "https://as2.example.com" }, k1.privateKey))).toBe(
      "SignatureInvalid"
    )
    expect(await verify(await sign(header, claims, k1.privateKey))).toBe("https://as.example.com")
    expect(await verify(await sign(header, { ...claims, iss: "https://as2.example.com" }, other.privateKey))).toBe(
      "https://as2.example.com"
    )
  })

  it("chooses by kid, kty and alg together, and refuses what is still ambiguous", async () => {
    const rsa = { ...k2Public, kid: "k1" }
    const { kid: _, ...noKid } = k1Public
    const other = await exportJWK((await generateKeyPair("ES256", { extractable: true })).publicKey)
    const text = await token()
    expect((await accept(text, { jwks: { keys: [rsa, k1Public] } })).subject).toBe("u1")
    expect((await accept(text, { jwks: { keys: [k1Public, rsa] } })).subject).toBe("u1")
    expect(await tagOf(text, { jwks: { keys: [rsa] } })).toBe("KeyUnknown")
    expect(await tagOf(text, { jwks: { keys: [noKid] } })).toBe("KeyUnknown")
    const twice = { keys: [k1Public, { ...other, kid: "k1", alg: "ES256" }] }
    expect(await refuse(text, { jwks: twice })).toMatchObject({ _tag: "KeyUnknown", reason: "ambiguous" })
  })

  it("refuses a token without kid where two keys fit, and takes the only one", async () => {
    const other = await exportJWK((await generateKeyPair("ES256", { extractable: true })).publicKey)
    const text = await token({}, { kid: undefined })
    expect((await accept(text)).subject).toBe("u1")
    const two = { keys: [k1Public, { ...other, kid: "k9", alg: "ES256" }] }
    expect(await refuse(text, { jwks: two })).toMatchObject({ _tag: "KeyUnknown", reason: "ambiguous" })
  })

  it("passes over keys that are for another use", async () => {
    const { use: _, ...open } = k1Public
    const text = await token()
    for (const purpose of [
      { use: "enc" },
      { key_ops: ["sign"] },
      { key_ops: ["encrypt"] },
      { use: "sig", key_ops: ["encrypt"] },
      { use: 1 },
      { key_ops: "verify" }
    ]) {
      expect(await tagOf(text, { jwks: { keys: [k2Public, { ...open, ...purpose }] } })).toBe("KeyUnknown")
    }
    expect((await accept(text, { jwks: { keys: [{ ...open, key_ops: ["verify"] }] } })).subject).toBe("u1")
  })

  it("ignores symmetric keys of a key set", async () => {
    const oct = { kty: "oct", k: "c2VjcmV0", kid: "k1" }
    const text = await sign({ alg: "HS256", typ: "at+jwt", kid: "k1" }, claims, await hmac(utf8("secret")), "HMAC")
    expect(await tagOf(text, { jwks: { keys: [oct, k2Public] } })).toBe("AlgorithmForbidden")
    expect(await tagOf(await token(), { jwks: { keys: [{ ...oct, alg: "ES256" }, k2Public] } })).toBe("KeyUnknown")
  })

  it("passes over keys that the platform refuses and RSA keys under 2048 bits", async () => {
    const offCurve = { ...k1Public, x: k1Public.y, y: k1Public.x }
    expect(await tagOf(await token(), { jwks: { keys: [offCurve] } })).toBe("KeyUnknown")
    const short = await crypto.subtle.generateKey(
      { ...RS256, modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1) },
      true,
      ["sign", "verify"]
    )
    const jwk = { ...(await exportJWK(short.publicKey)), kid: "s", alg: "RS256" }
    const text = await sign({ ...header, alg: "RS256", kid: "s" }, claims, short.privateKey, RS256)
    expect(await tagOf(text, { jwks: { keys: [jwk] } })).toBe("KeyUnknown")
  })

  it("verifies with the public part of a private key that was published by mistake", async () => {
    const published = { ...(await exportJWK(k1.privateKey)), kid: "k1", alg: "ES256" }
    expect((await accept(await token(), { jwks: { keys: [published] } })).subject).toBe("u1")
  })
})

describe("verifySignature", () => {
  it("checks a signature over any payload and nothing else", async () => {
    const text = await sign({ alg: "ES256", kid: "k1" }, "any text")
    const { header: read, payload } = await Effect.runPromise(verifySignature({ token: text, jwks }))
    expect(read).toEqual({ alg: "ES256", kid: "k1" })
    expect(new TextDecoder().decode(payload)).toBe("any text")
  })

  it("refuses what the verifier refuses", async () => {
    const refused = async (text: string, keys: unknown = jwks) =>
      (await Effect.runPromise(Effect.flip(verifySignature({ token: text, jwks: keys }))))._tag
    expect(await refused("a.b")).toBe("TokenMalformed")
    expect(await refused("a.b.c.d.e")).toBe("TokenEncrypted")
    expect(await refused(await sign({ alg: "HS256" }, "x"))).toBe("AlgorithmForbidden")
    expect(await refused(await token(), { keys: [] })).toBe("KeyUnknown")
    expect(await refused(await token(), "no key set")).toBe("KeyUnknown")
    expect(await refused(await sign(header, claims, (await generateKeyPair("ES256")).privateKey))).toBe(
      "SignatureInvalid"
    )
  })
})
