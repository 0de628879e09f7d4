import { checkSignature, makeFixedKeys, parseJwt } from "@postern/jwt-verify"
import * as PromiseFace from "@postern/jwt-verify/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { generateKeyPair } from "jose"
import { describe, expect, it } from "vitest"
import { claims, jwks, k1, sign } from "./fixture.ts"

const form = { algorithms: ["ES256"], types: ["logout+jwt"] } as const
const head = { alg: "ES256", typ: "logout+jwt", kid: "k1" }

const refusal = (text: string, changes: Partial<Parameters<typeof parseJwt>[1]> = {}) =>
  Result.getOrThrow(Result.flip(parseJwt(text, { ...form, ...changes })))

describe("parseJwt", () => {
  it("says what a JWT of another kind says of itself, whoever signed it", async () => {
    const stranger = await generateKeyPair("ES256")
    for (const typ of ["logout+jwt", "LOGOUT+JWT", "application/logout+jwt"]) {
      const text = await sign({ ...head, typ }, claims, stranger.privateKey)
      expect(Result.getOrThrow(parseJwt(text, form))).toMatchObject({
        header: { ...head, typ },
        claims,
        algorithm: "ES256",
        kid: "k1"
      })
    }
  })

  it("refuses another type, and none unless that is said to be right", async () => {
    for (const typ of ["at+jwt", "JWT", "", 1, null, undefined]) {
      const text = await sign({ ...head, typ }, claims)
      expect(refusal(text), String(typ)).toMatchObject({ _tag: "TypeMismatch", expected: ["logout+jwt"] })
    }
    const without = await sign({ alg: "ES256" }, claims)
    expect(Result.isSuccess(parseJwt(without, { ...form, typeMayBeAbsent: true }))).toBe(true)
    const other = await sign({ ...head, typ: "at+jwt" }, claims)
    expect(refusal(other, { typeMayBeAbsent: true })._tag).toBe("TypeMismatch")
  })

  it("[JWT-32] refuses what two readers could read differently, and what brings its key or an extension", async () => {
    const text = JSON.stringify(claims)
    for (const [reason, header, payload] of [
      ["json", '{"alg":"ES256","typ":"logout+jwt","alg":"ES384"}', text],
      ["json", head, text.replace("{", '{"sub":"admin",')],
      ["json", head, "[]"],
      ["json", head, new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
      ["json", head, `\uFEFF${text}`],
      ["key-in-header", { ...head, jwk: jwks.keys[0] }, text],
      ["key-in-header", { ...head, jku: "https://evil.example.com" }, text],
      ["critical-extension", { ...head, crit: ["b64"], b64: false }, text],
      ["member", { ...head, kid: 1 }, text]
    ] as const) {
      expect(refusal(await sign(header, payload)), reason).toMatchObject({ _tag: "TokenMalformed", reason })
    }
    expect(refusal("a.b.c.d.e")._tag).toBe("TokenEncrypted")
    expect(refusal("a".repeat(16_385))).toMatchObject({ reason: "too-large" })
    for (const alg of ["none", "HS256", "RS256", "es256"]) {
      expect(refusal(await sign({ ...head, alg }, claims)), alg).toMatchObject({
        _tag: "AlgorithmForbidden",
        allowed: ["ES256"]
      })
    }
  })
})

describe("checkSignature", () => {
  const keys = Result.getOrThrow(makeFixedKeys(jwks, { algorithms: ["ES256"] }))
  const read = async (header: object, key?: CryptoKey) =>
    Result.getOrThrow(parseJwt(await sign(header, claims, key), form))

  it("passes what was signed with the one key that fits and nothing else", async () => {
    const stranger = await generateKeyPair("ES256")
    const outcome = async (header: object, key?: CryptoKey) => {
      const jwt = await read(header, key)
      const verdict = await Effect.runPromise(Effect.result(checkSignature(jwt, keys)))
      expect(
        await PromiseFace.checkSignature(jwt, PromiseFace.createFixedKeys(jwks, { algorithms: ["ES256"] }))
      ).toEqual(verdict)
      return Result.isSuccess(verdict) ? "signed" : verdict.failure._tag
    }
    expect(await outcome(head, k1.privateKey)).toBe("signed")
    expect(await outcome({ ...head, kid: undefined }, k1.privateKey)).toBe("signed")
    expect(await outcome(head, stranger.privateKey)).toBe("SignatureInvalid")
    expect(await outcome({ ...head, kid: "k2" }, k1.privateKey)).toBe("KeyUnknown")
    expect(await outcome({ ...head, kid: "k9" }, k1.privateKey)).toBe("KeyUnknown")
  })
})
