import { inspect } from "node:util"
import {
  type KeyProblem,
  makeVerifier,
  type TokenRejection,
  type VerifiedToken,
  type Verifier,
  type VerifierOptions
} from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { atNow, endpoint, header, I, k1Public, k2, k2Public, keySet, make, NOW, R, sign, token } from "./fixture.ts"

const at = (seconds: number) => (NOW + seconds) * 1000
const thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

/** A verdict in one line: whose token it is, why it is refused, or that nothing is remembered. */
const verdict = (recalled: Result.Result<VerifiedToken, TokenRejection> | undefined): string => {
  if (recalled === undefined) return "unknown"
  return Result.isSuccess(recalled) ? recalled.success.subject : recalled.failure._tag
}

/** A verifier that has verified these tokens at {@link NOW}. */
const remembering = async (texts: ReadonlyArray<string>, options: Partial<VerifierOptions> = {}): Promise<Verifier> => {
  const verifier = make(options)
  await atNow(Effect.forEach(texts, (text) => verifier.verify(text)))
  return verifier
}

/** The same text with its last character changed to another that decodes to the same bytes. */
const respell = (text: string): string => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  return text.slice(0, -1) + letters.charAt(letters.indexOf(text.slice(-1)) + 1)
}

const verifyTag = (verifier: Verifier, text: string, seconds = 0) =>
  Effect.runPromise(
    Effect.andThen(
      TestClock.setTime(at(seconds)),
      Effect.match(verifier.verify(text), { onSuccess: ({ subject }) => subject, onFailure: ({ _tag }) => _tag })
    ).pipe(Effect.provide(TestClock.layer()))
  )

describe("a remembered token", () => {
  it("is recalled without waiting, and no other is", async () => {
    const [known, other] = [await token(), await token({ sub: "u2" })]
    const verifier = await remembering([known])
    expect(verdict(verifier.recall(known, at(0)))).toBe("u1")
    expect(verifier.recall(other, at(0))).toBeUndefined()
    expect(make().recall(known, at(0))).toBeUndefined()
    expect(make().recall("", at(0))).toBeUndefined()
  })

  it("says the same as when it was verified, all its claims included", async () => {
    const text = await token({ extra: { a: [1] }, nbf: NOW - 1, act: { sub: "agent" } })
    const verifier = make()
    const verified = await atNow(verifier.verify(text))
    const recalled = Result.getOrThrow(verifier.recall(text, at(1))!)
    for (const each of [verified, recalled]) {
      expect({ ...each, scope: [...each.scope] }).toEqual({
        issuer: "https://as.example.com",
        subject: "u1",
        audience: ["https://mcp.example.com/mcp"],
        clientId: "c1",
        scope: ["files:read"],
        expiresAt: 1_800_000_300,
        issuedAt: 1_800_000_000,
        notBefore: 1_799_999_999,
        id: "j1",
        actors: [{ subject: "agent" }],
        keyThumbprint: undefined,
        claims: {
          iss: "https://as.example.com",
          sub: "u1",
          aud: "https://mcp.example.com/mcp",
          client_id: "c1",
          iat: 1_800_000_000,
          exp: 1_800_000_300,
          jti: "j1",
          scope: "files:read",
          extra: { a: [1] },
          nbf: 1_799_999_999,
          act: { sub: "agent" }
        }
      })
    }
  })

  it("cannot be changed by who is given it", async () => {
    const text = await token({ act: { sub: "agent" }, list: [1] })
    const verifier = await remembering([text])
    const recall = () => Result.getOrThrow(verifier.recall(text, at(1))!)
    const given = recall() as { -readonly [Key in keyof VerifiedToken]: VerifiedToken[Key] }
    expect(() => (given.subject = "admin")).toThrow(TypeError)
    expect(() => (given.claims = {})).toThrow(TypeError)
    expect(() => (given.scope as Set<string>).add("admin")).toThrow(TypeError)
    expect(() => (given.scope as Set<string>).delete("files:read")).toThrow(TypeError)
    expect(() => (given.scope as Set<string>).clear()).toThrow(TypeError)
    expect(() => (given.audience as Array<string>).push("x")).toThrow(TypeError)
    expect(() => (given.actors as Array<unknown>).pop()).toThrow(TypeError)
    expect(() => Object.assign(given.actors[0]!, { subject: "admin" })).toThrow(TypeError)
    expect(() => Object.assign(given.claims, { sub: "admin" })).toThrow(TypeError)
    ;(given.claims["list"] as Array<number>).push(2)
    expect(recall().claims["list"]).toEqual([1])
    expect(recall().claims["sub"]).toBe("u1")
  })

  it("shares what is equal with other tokens of the verifier", async () => {
    const texts = [await token({ jti: "j1" }), await token({ jti: "j2" }), await token({ scope: "a", aud: [R] })]
    const verifier = await remembering(texts)
    const [first, second, third] = texts.map((text) => Result.getOrThrow(verifier.recall(text, at(0))!))
    expect(first!.scope).toBe(second!.scope)
    expect(first!.audience).toBe(second!.audience)
    expect([...third!.scope]).toEqual(["a"])
  })

  it("keeps one scope apart from another whose parts look alike, more of them than are shared", async () => {
    const texts = await Promise.all(
      Array.from({ length: 1100 }, (_, number) => token({ scope: `s${number}`, jti: `j${number}` }))
    )
    const verifier = await remembering(texts)
    for (const [number, text] of texts.entries()) {
      expect([...Result.getOrThrow(verifier.recall(text, at(0))!).scope]).toEqual([`s${number}`])
    }
    const audiences: ReadonlyArray<ReadonlyArray<string>> = [
      ["a b", R],
      ["a", "b", R]
    ]
    const options = { foreignAudiences: ["a", "b", "a b"] }
    const apart = await Promise.all(audiences.map((aud) => token({ aud })))
    const both = await remembering(apart, options)
    const read = apart.map((text) => Result.getOrThrow(both.recall(text, at(0))!).audience)
    expect(read).toEqual([
      ["a b", "https://mcp.example.com/mcp"],
      ["a", "b", "https://mcp.example.com/mcp"]
    ])
  })

  it("shows its text to no log", async () => {
    const text = await token()
    const verifier = await remembering([text])
    const recalled = Result.getOrThrow(verifier.recall(text, at(0))!)
    const shown = [
      JSON.stringify(recalled),
      inspect(recalled, { showHidden: true, getters: true, depth: 10 }),
      inspect(verifier, { showHidden: true, depth: 10 })
    ].join()
    for (const part of text.split(".")) expect(shown).not.toContain(part)
  })

  it("[JWT-18] is refused under a second spelling of its signature, also when it is on a deny-list", async () => {
    const text = await token()
    const denied = new Set<string | undefined>()
    const verifier = await remembering([text], { revoked: ({ id }) => denied.has(id) })
    const second = respell(text)
    expect(Buffer.from(second.split(".")[2]!, "base64url")).toEqual(Buffer.from(text.split(".")[2]!, "base64url"))
    expect(verifier.recall(second, at(0))).toBeUndefined()
    expect(await verifyTag(verifier, second)).toBe("TokenMalformed")
    denied.add("j1")
    expect(verdict(verifier.recall(text, at(0)))).toBe("TokenRevoked")
    expect(verifier.recall(second, at(0))).toBeUndefined()
    expect(await verifyTag(verifier, second)).toBe("TokenMalformed")
    expect(await verifyTag(verifier, text)).toBe("TokenRevoked")
  })

  it("[JWT-19] is told from one that differs in nothing but its subject, however often they alternate", async () => {
    const texts = [await token({ sub: "u1" }), await token({ sub: "u2" })]
    const verifier = await remembering(texts)
    for (let request = 0; request < 1000; request++) {
      const expected = request % 2 === 0 ? "u1" : "u2"
      expect(verdict(verifier.recall(texts[request % 2]!, at(1)))).toBe(expected)
    }
    for (const request of [0, 1, 2, 3]) {
      expect(await verifyTag(verifier, texts[request % 2]!, 1)).toBe(request % 2 === 0 ? "u1" : "u2")
    }
  })

  it("lends nothing to a token with its header, its claims, its id or its signature", async () => {
    const text = await token()
    const [head, body, signature] = text.split(".") as [string, string, string]
    const [otherHead, otherBody, otherSignature] = (await token({ sub: "admin", jti: "j1" })).split(".")
    const verifier = await remembering([text])
    const forged = [
      `${head}.${otherBody}.${signature}`,
      `${head}.${body}.${otherSignature}`,
      `${head}.${body}.${signature.slice(0, 40)}${otherSignature!.slice(40)}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${otherHead}.${otherBody}.${signature}`,
      ` ${text}`,
      `${text} `,
      text.toLowerCase()
    ]
    for (const each of forged) {
      expect(verifier.recall(each, at(0))).toBeUndefined()
      expect(await verifyTag(verifier, each)).toMatch(/^(SignatureInvalid|TokenMalformed)$/)
      expect(verifier.recall(each, at(0))).toBeUndefined()
    }
  })

  it("[JWT-20] expires when it would have expired", async () => {
    const text = await token()
    const verifier = await remembering([text], { tokenCache: { maximumAgeSeconds: 3600 } })
    expect(verdict(verifier.recall(text, at(304)))).toBe("u1")
    expect(verdict(verifier.recall(text, at(305)))).toBe("TokenExpired")
    expect(await verifyTag(verifier, text, 304)).toBe("u1")
    expect(await verifyTag(verifier, text, 305)).toBe("TokenExpired")
  })

  it("is not valid before its time when the clock is set back", async () => {
    const text = await token({ nbf: NOW - 10 })
    const verifier = await remembering([text])
    expect(verifier.recall(text, at(-60))).toBeUndefined()
    expect(await verifyTag(verifier, text, -60)).toBe("TokenNotYetValid")
  })

  it("is verified again after a stated age", async () => {
    const text = await token({ exp: NOW + 3600 })
    const verifier = await remembering([text], { tokenCache: { maximumAgeSeconds: 60 } })
    expect(verdict(verifier.recall(text, at(60)))).toBe("u1")
    expect(verifier.recall(text, at(60.5))).toBeUndefined()
    expect(await verifyTag(verifier, text, 61)).toBe("u1")
    expect(verdict(verifier.recall(text, at(121)))).toBe("u1")
    expect(verifier.recall(text, at(122))).toBeUndefined()
  })

  it("[JWT-36] is refused when its key has left the set, as soon as the set is fetched again", async () => {
    const text = await token({ exp: NOW + 7200 })
    const { fetch } = endpoint(keySet(k1Public, k2Public), keySet(k2Public))
    const verifier = make({ jwks: { uri: `${I}/jwks` }, fetch, tokenCache: { maximumAgeSeconds: 7200 } })
    expect(await verifyTag(verifier, text)).toBe("u1")
    expect(verdict(verifier.recall(text, at(500)))).toBe("u1")
    // Ten minutes without a header: the set is too old to say, so that nothing is recalled.
    expect(verifier.recall(text, at(601))).toBeUndefined()
    expect(await verifyTag(verifier, text, 601)).toBe("KeyUnknown")
    expect(verifier.recall(text, at(602))).toBeUndefined()
  })

  it("stays remembered when the set is fetched again with its key in it", async () => {
    const text = await token({ exp: NOW + 7200 })
    const { calls, fetch } = endpoint(keySet(k1Public), keySet(k2Public, k1Public))
    const verifier = make({ jwks: { uri: `${I}/jwks` }, fetch, tokenCache: { maximumAgeSeconds: 7200 } })
    expect(await verifyTag(verifier, text)).toBe("u1")
    const other = await sign({ ...header, alg: "RS256", kid: "k2" }, { iss: I }, k2.privateKey, "RSASSA-PKCS1-v1_5")
    await verifyTag(verifier, other, 601)
    expect(calls.length).toBe(2)
    expect(verdict(verifier.recall(text, at(602)))).toBe("u1")
  })

  it("is held to the client rule of the moment", async () => {
    const text = await token()
    const allowed = new Set(["c1"])
    const verifier = await remembering([text], { clients: ({ clientId }) => allowed.has(clientId) })
    expect(verdict(verifier.recall(text, at(0)))).toBe("u1")
    allowed.clear()
    expect(verdict(verifier.recall(text, at(0)))).toBe("ClientForbidden")
    expect(await verifyTag(verifier, text)).toBe("ClientForbidden")
  })

  it("[JWT-34] is not recalled without its proof when it was verified with one", async () => {
    const bound = await token({ cnf: { jkt: thumbprint } })
    const verifier = make()
    await atNow(verifier.verify(bound, { acceptBound: true }))
    const recalled = verifier.recall(bound, at(0), { acceptBound: true })
    expect(Result.getOrThrow(recalled!).keyThumbprint).toBe(thumbprint)
    expect(verifier.recall(bound, at(0))).toBeUndefined()
    expect(verifier.recall(bound, at(0), {})).toBeUndefined()
    expect(verifier.recall(bound, at(0), { acceptBound: false })).toBeUndefined()
    expect(await verifyTag(verifier, bound)).toBe("TokenBound")
    const certificate = await token({ cnf: { "x5t#S256": thumbprint } })
    for (const acceptBound of [false, true]) {
      const error = await atNow(Effect.flip(verifier.verify(certificate, { acceptBound })))
      expect(error).toMatchObject({ _tag: "TokenBound" })
    }
    const free = await token()
    await atNow(verifier.verify(free, { acceptBound: true }))
    expect(verdict(verifier.recall(free, at(0)))).toBe("u1")
  })
})

describe("what is remembered", () => {
  it("is no token that was refused", async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify"
    ])
    const verifier = make({ tokenCache: { maximumEntries: 1 } })
    const good = await token()
    expect(await verifyTag(verifier, good)).toBe("u1")
    const bad = [
      await sign(header, { iss: I, aud: R }, privateKey),
      await token({ aud: "https://other.example.com" }),
      await token({ exp: NOW - 60, iat: NOW - 120 }),
      await token({ scope: 1 }),
      `${good}x`
    ]
    for (const text of bad) {
      expect(await verifyTag(verifier, text)).not.toBe("u1")
      expect(verifier.recall(text, at(0))).toBeUndefined()
    }
    // None of them took the only place.
    expect(verdict(verifier.recall(good, at(0)))).toBe("u1")
  })

  it("is nothing when the option is off", async () => {
    const text = await token()
    const verifier = await remembering([text], { tokenCache: false })
    expect(verifier.recall(text, at(0))).toBeUndefined()
    expect(await verifyTag(verifier, text)).toBe("u1")
  })

  it("belongs to one verifier", async () => {
    const text = await token()
    await remembering([text])
    const other = make({ audience: "https://other.example.com" })
    expect(other.recall(text, at(0))).toBeUndefined()
    expect(await verifyTag(other, text)).toBe("AudienceMismatch")
  })

  it("is no token of more than 8192 characters", async () => {
    const long = await token({ padding: "a".repeat(6000) })
    expect(long.length).toBeGreaterThan(8192)
    const verifier = await remembering([long])
    expect(verifier.recall(long, at(0))).toBeUndefined()
    expect(await verifyTag(verifier, long)).toBe("u1")
  })

  it("is bounded, and falls in proportion when more tokens take turns than there are places", async () => {
    const texts = await Promise.all(
      Array.from({ length: 200 }, (_, number) => token({ sub: `u${number}`, jti: `j${number}` }))
    )
    const verifier = make({ tokenCache: { maximumEntries: 100 } })
    let hits = 0
    for (let turn = 0; turn < 6; turn++) {
      for (const [number, text] of texts.entries()) {
        const recalled = verifier.recall(text, at(0))
        if (recalled === undefined) expect(await verifyTag(verifier, text)).toBe(`u${number}`)
        else {
          expect(verdict(recalled)).toBe(`u${number}`)
          if (turn > 0) hits++
        }
      }
      expect(texts.filter((text) => verifier.recall(text, at(0)) !== undefined)).toHaveLength(100)
    }
    // A store that drops the oldest would have none of the 1000.
    expect(hits).toBeGreaterThan(100)
  })

  it("gives its place to a new token the sooner when it is over", async () => {
    const [old, young] = await Promise.all(
      [60, 3600].map((seconds) =>
        Promise.all(
          Array.from({ length: 50 }, (_, number) => token({ jti: `${seconds}-${number}`, exp: NOW + seconds }))
        )
      )
    )
    const options = { maximumEntries: 100, maximumAgeSeconds: 3600 }
    const verifier = await remembering([...old!, ...young!], { tokenCache: options })
    const added = await Promise.all(
      Array.from({ length: 30 }, (_, number) => token({ jti: `n${number}`, exp: NOW + 900 }))
    )
    for (const text of added) expect(await verifyTag(verifier, text, 600)).toBe("u1")
    const kept = young!.filter((text) => verifier.recall(text, at(600)) !== undefined)
    // At random 15 of the 50 would have gone.
    expect(kept.length).toBeGreaterThan(42)
  })
})

describe("recall", () => {
  it("agrees with verify on every token that is remembered, at every time and under both options", async () => {
    const texts = await Promise.all([
      token(),
      token({ sub: "u2", exp: NOW + 30 }),
      token({ sub: "u3", nbf: NOW + 4, iat: NOW + 4, exp: NOW + 90 }),
      token({ sub: "u4", client_id: "c2", cnf: { jkt: thumbprint } }),
      token({ sub: "u5", client_id: "c3" })
    ])
    let closed = false
    const clients = ({ clientId }: VerifiedToken) => clientId !== "c3" || !closed
    const revoked = ({ subject }: VerifiedToken) => closed && subject === "u1"
    const verifier = make({ clients, revoked })
    await atNow(Effect.forEach(texts, (text) => verifier.verify(text, { acceptBound: true })))
    const fresh = make({ clients, revoked, tokenCache: false })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...texts),
        fc.integer({ min: 0, max: 320 }),
        fc.boolean(),
        fc.boolean(),
        async (text, seconds, acceptBound, isClosed) => {
          closed = isClosed
          const recalled = verifier.recall(text, at(seconds), { acceptBound })
          if (recalled === undefined) return
          const verified = await Effect.runPromise(
            Effect.andThen(TestClock.setTime(at(seconds)), Effect.result(fresh.verify(text, { acceptBound }))).pipe(
              Effect.provide(TestClock.layer())
            )
          )
          expect(verdict(recalled)).toBe(Result.isSuccess(verified) ? verified.success.subject : verified.failure._tag)
        }
      )
    )
  })

  it("never dies of a text", () => {
    const verifier = make()
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), fc.double(), (text, nowMillis) => {
        expect(verifier.recall(text, nowMillis)).toBeUndefined()
      })
    )
  })
})

describe("what is wrong with keys", () => {
  it("is told to who asked for it", async () => {
    const problems: Array<KeyProblem> = []
    const { fetch } = endpoint("network")
    const made = makeVerifier({
      issuer: I,
      audience: R,
      jwks: { uri: `${I}/jwks` },
      fetch,
      onKeyProblem: (problem) => problems.push(problem)
    })
    expect(await verifyTag(Result.getOrThrow(made), await token())).toBe("KeysUnavailable")
    expect(problems).toMatchObject([{ _tag: "KeysUnavailable", issuer: "https://as.example.com" }])
  })
})
