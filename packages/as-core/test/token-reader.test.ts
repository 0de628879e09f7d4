import { generateKeyPair, importPrivateKey } from "@postern/bytes"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { publish } from "../src/keys/key-set.ts"
import { makeSigner } from "../src/signer.ts"
import { makeTokenReader } from "../src/token-reader.ts"
import { ISSUER, NOTES } from "./fixture.ts"

const claims = {
  issuer: ISSUER,
  subject: "u1",
  resources: [NOTES],
  clientId: "c1",
  scope: "notes:read",
  issuedAt: 1,
  expiresAt: 2,
  tokenId: "t1"
}

const makeKeys = async (alg: "ES256" | "EdDSA" | "RS256") => {
  const { privateJwk, publicJwk } = await Effect.runPromise(generateKeyPair(alg))
  const privateKey = await Effect.runPromise(importPrivateKey(alg, privateJwk))
  if (privateKey === undefined) throw new Error("no key")
  return {
    signing: Effect.succeed({ kid: "k", alg, privateKey }),
    published: Effect.succeed([publish({ kid: "k", alg, publicJwk })])
  }
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

describe("a reader of access tokens", () => {
  it.each(["ES256", "EdDSA", "RS256"] as const)("reads what the signer signed with %s, expired or not", async (alg) => {
    const keys = await makeKeys(alg)
    const text = await Effect.runPromise(makeSigner(keys).sign({ ...claims, jkt: "thumbprint" }))
    const { issuer: _, ...read } = claims
    const reader = makeTokenReader(keys, ISSUER)
    expect(await Effect.runPromise(reader(text))).toEqual({ ...read, jkt: "thumbprint" })
    // Another key by the same name, and a key that is published no longer.
    const others = makeTokenReader(await makeKeys(alg), ISSUER)
    expect(await Effect.runPromise(others(text))).toBeUndefined()
    const gone = makeTokenReader({ published: Effect.succeed([]) }, ISSUER)
    expect(await Effect.runPromise(gone(text))).toBeUndefined()
  })

  it("takes nothing else that the same keys signed: no token of another issuer, no ID token", async () => {
    const keys = await makeKeys("ES256")
    const reader = makeTokenReader(keys, ISSUER)
    const foreign = await Effect.runPromise(makeSigner(keys).sign({ ...claims, issuer: "https://other.example.com" }))
    expect(await Effect.runPromise(reader(foreign))).toBeUndefined()
    const { privateKey } = await Effect.runPromise(keys.signing)
    const signed = async (header: object, payload: object) => {
      const text = `${encode(header)}.${encode(payload)}`
      const data = new TextEncoder().encode(text)
      const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, data)
      return `${text}.${Buffer.from(signature).toString("base64url")}`
    }
    const payload = { iss: ISSUER, sub: "u1", aud: NOTES, client_id: "c1", scope: "x", iat: 1, exp: 2, jti: "t" }
    const header = { alg: "ES256", kid: "k", typ: "at+jwt" }
    expect(await Effect.runPromise(reader(await signed(header, payload)))).toMatchObject({ tokenId: "t" })
    for (const [changed, body] of [
      [{ ...header, typ: "JWT" }, payload],
      [{ ...header, typ: undefined }, payload],
      [{ ...header, kid: "other" }, payload],
      [header, { ...payload, client_id: undefined }],
      [header, { ...payload, jti: 1 }],
      [header, { ...payload, exp: "2" }],
      [header, []],
      [header, null]
    ] as const) {
      expect(await Effect.runPromise(reader(await signed(changed, body as object)))).toBeUndefined()
    }
    // The key says what it is for: a header that names another algorithm changes nothing.
    expect(await Effect.runPromise(reader(await signed({ ...header, alg: "none" }, payload)))).toBeDefined()
  })
})
