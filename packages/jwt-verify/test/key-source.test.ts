import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { VerifierOptions } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { exportJWK, generateKeyPair } from "jose"
import { describe, expect, it } from "vitest"
import {
  type Answer,
  atNow,
  claims,
  endpoint,
  header,
  jwks,
  k1Public,
  k2Public,
  keySet,
  make,
  sign,
  token
} from "./fixture.ts"

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

const URL_OF_KEYS = "https://as.example.com/jwks"
const DOWN = { status: 500, text: "" }

const k9 = await generateKeyPair("ES256", { extractable: true })
const k9Public = { ...(await exportJWK(k9.publicKey)), kid: "k9", alg: "ES256", use: "sig" }

// A verifier over an endpoint; a token's outcome is its subject or the tag of what it was refused for.
const over = (answers: ReadonlyArray<Answer>, options: Partial<VerifierOptions> = {}) => {
  const { calls, fetch } = endpoint(...answers)
  const { verify } = make({ jwks: { uri: URL_OF_KEYS }, fetch, ...options })
  const outcome = (text: string) =>
    Effect.match(verify(text), { onSuccess: ({ subject }) => subject, onFailure: ({ _tag }) => _tag as string })
  const all = (texts: ReadonlyArray<string>) => Effect.forEach(texts, outcome, { concurrency: "unbounded" })
  return { calls, verify, outcome, all }
}

// Valid for a day, so that a test can wait.
const long = (changes: object = {}, headerChanges: object = {}) =>
  token({ exp: claims.iat + 86_400, ...changes }, headerChanges)
const longByK9 = () => sign({ ...header, kid: "k9" }, { ...claims, exp: claims.iat + 86_400 }, k9.privateKey)

describe("keys behind a URL", () => {
  it("are fetched once and used for ten minutes", async () => {
    const { calls, outcome } = over([keySet(k1Public)])
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        expect(yield* outcome(text)).toBe("u1")
        yield* TestClock.adjust("599 seconds")
        expect(yield* outcome(text)).toBe("u1")
        expect(calls).toEqual(["https://as.example.com/jwks"])
        yield* TestClock.adjust("1 second")
        expect(yield* outcome(text)).toBe("u1")
        expect(calls).toHaveLength(2)
      })
    )
  })

  it("are asked for at most once in each cool-down by unknown kids, and nothing of these is kept", async () => {
    const { all, calls, outcome } = over([keySet(k1Public)])
    const makeTokens = () => Promise.all(Array.from({ length: 1000 }, () => token({}, { kid: crypto.randomUUID() })))
    const [first, second] = [await makeTokens(), await makeTokens()]
    const valid = await token()
    await atNow(
      Effect.gen(function* () {
        expect(yield* outcome(valid)).toBe("u1")
        expect(new Set(yield* all(first))).toEqual(new Set(["KeyUnknown"]))
        expect(calls).toHaveLength(2)
        collectGarbage()
        const before = process.memoryUsage().heapUsed
        expect(new Set(yield* all(second))).toEqual(new Set(["KeyUnknown"]))
        collectGarbage()
        expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000)
        expect(calls).toHaveLength(2)
        yield* TestClock.adjust("30 seconds")
        expect(new Set(yield* all(second))).toEqual(new Set(["KeyUnknown"]))
        expect(calls).toHaveLength(3)
      })
    )
  })

  it("are asked for once when the fetch that was due anyway finds no such kid", async () => {
    const { all, calls, outcome } = over([keySet(k1Public)])
    const unknown = await Promise.all(Array.from({ length: 20 }, () => long({}, { kid: crypto.randomUUID() })))
    const valid = await long()
    await atNow(
      Effect.gen(function* () {
        expect(new Set(yield* all(unknown))).toEqual(new Set(["KeyUnknown"]))
        expect(calls).toHaveLength(1)
        expect(yield* outcome(valid)).toBe("u1")
        yield* TestClock.adjust("600 seconds")
        expect(new Set(yield* all(unknown))).toEqual(new Set(["KeyUnknown"]))
        expect(calls).toHaveLength(2)
      })
    )
  })

  it("are asked for once in each cool-down while the endpoint is down", async () => {
    const texts = await Promise.all(Array.from({ length: 200 }, () => token()))
    for (const answer of [DOWN, { status: 200, text: "{" }] as const) {
      const { all, calls } = over([answer])
      await atNow(
        Effect.gen(function* () {
          expect(new Set(yield* all(texts))).toEqual(new Set(["KeysUnavailable"]))
          expect(calls).toHaveLength(1)
          yield* TestClock.adjust("30 seconds")
          expect(new Set(yield* all(texts))).toEqual(new Set(["KeysUnavailable"]))
          expect(calls).toHaveLength(2)
        })
      )
    }
    const { all, calls } = over(["hang"])
    await atNow(
      Effect.gen(function* () {
        const [outcomes] = yield* Effect.all([all(texts), TestClock.adjust("10 seconds")], { concurrency: "unbounded" })
        expect(new Set(outcomes)).toEqual(new Set(["KeysUnavailable"]))
        expect(calls).toHaveLength(1)
      })
    )
  })

  it("are fetched again for the first token of a new key, while the old one stays good", async () => {
    const { all, calls, outcome } = over([keySet(k1Public), keySet(k1Public, k9Public)])
    const [old, fresh] = [await token(), await sign({ ...header, kid: "k9" }, claims, k9.privateKey)]
    await atNow(
      Effect.gen(function* () {
        expect(yield* outcome(old)).toBe("u1")
        expect(yield* all([old, fresh, old, old])).toEqual(["u1", "u1", "u1", "u1"])
        expect(calls).toHaveLength(2)
      })
    )
  })

  it("do not make a token of a known key wait for a fetch", async () => {
    const { calls, outcome } = over([keySet(k1Public), "hang"])
    const [old, fresh] = [await token(), await longByK9()]
    await atNow(
      Effect.gen(function* () {
        yield* outcome(old)
        yield* Effect.forkChild(outcome(fresh))
        yield* Effect.yieldNow
        expect(yield* outcome(old)).toBe("u1")
        expect(calls).toHaveLength(2)
      })
    )
  })

  it("are fetched once for a hundred tokens of a new key at a time", async () => {
    const { all, calls, outcome } = over([keySet(k1Public), keySet(k1Public, k9Public)])
    const fresh = await sign({ ...header, kid: "k9" }, claims, k9.privateKey)
    const old = await token()
    await atNow(
      Effect.gen(function* () {
        yield* outcome(old)
        expect(yield* all(Array.from({ length: 100 }, () => fresh))).toEqual(Array.from({ length: 100 }, () => "u1"))
        expect(calls).toHaveLength(2)
      })
    )
  })

  it("that are gone from the set are gone when its time is over", async () => {
    const { outcome } = over([keySet(k1Public), keySet(k9Public)])
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        expect(yield* outcome(text)).toBe("u1")
        yield* TestClock.adjust("10 minutes")
        expect(yield* outcome(text)).toBe("KeyUnknown")
      })
    )
  })

  it("keep the last good set when the answer is no key set, and pass over junk in one", async () => {
    const text = await long()
    for (const bad of ["<!doctype html><title>Log in</title>", '{"keys":"x"}', '{"keys":{}}', "[]", "null"]) {
      const { calls, outcome } = over([keySet(k1Public), { status: 200, text: bad }])
      await atNow(
        Effect.gen(function* () {
          expect(yield* outcome(text)).toBe("u1")
          yield* TestClock.adjust("10 minutes")
          expect(yield* outcome(text)).toBe("u1")
          expect(calls).toHaveLength(2)
        })
      )
    }
    const { outcome } = over([keySet(null, 1, "x", [], { kty: "EC" }, { kty: 1, kid: {} }, k1Public)])
    expect(await atNow(outcome(text))).toBe("u1")
    const cold = over([{ status: 200, text: '{"keys":"x"}' }])
    expect(await atNow(Effect.flip(cold.verify(text)))).toMatchObject({
      _tag: "KeysUnavailable",
      kind: "failure",
      issuer: "https://as.example.com",
      reason: "malformed"
    })
  })

  it("outlive the endpoint for an hour after they were fetched", async () => {
    const { calls, outcome } = over([keySet(k1Public), DOWN])
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        expect(yield* outcome(text)).toBe("u1")
        yield* TestClock.adjust("3599 seconds")
        expect(yield* outcome(text)).toBe("u1")
        yield* TestClock.adjust("1 second")
        expect(yield* outcome(text)).toBe("KeysUnavailable")
        expect(calls).toHaveLength(2)
      })
    )
  })

  it("come back when the endpoint does", async () => {
    const { outcome } = over([DOWN, keySet(k1Public)])
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        expect(yield* outcome(text)).toBe("KeysUnavailable")
        yield* TestClock.adjust("30 seconds")
        expect(yield* outcome(text)).toBe("u1")
      })
    )
  })

  it("are not taken from an answer that is too large, too many, a redirect or an error", async () => {
    const text = await token()
    const reasonOf = (...answers: ReadonlyArray<Answer>) =>
      atNow(Effect.map(Effect.flip(over(answers).verify(text)), (error) => ("reason" in error ? error.reason : "")))
    const padded = JSON.stringify({ padding: "a".repeat(65_536), ...jwks })
    expect(await reasonOf({ status: 200, text: padded })).toBe("too-large")
    expect(await reasonOf(keySet(...Array.from({ length: 101 }, () => ({}))))).toBe("malformed")
    expect(await reasonOf({ status: 302, text: JSON.stringify(jwks) })).toBe("status")
    expect(await reasonOf({ status: 404, text: JSON.stringify(jwks) })).toBe("status")
    expect(await reasonOf("network")).toBe("network")
    const hundred = keySet(
      ...Array.from({ length: 99 }, (_, i) => ({ ...k2Public, n: "AQAB", kid: `x${i}` })),
      k1Public
    )
    expect(await atNow(over([hundred]).outcome(text))).toBe("u1")
  })

  it("are cached by the times that are configured", async () => {
    const keyCache = { maxAgeSeconds: 60, cooldownSeconds: 5, maxStaleSeconds: 120, fetchTimeoutSeconds: 2 }
    const { calls, outcome } = over([keySet(k1Public), DOWN, keySet(k1Public)], { keyCache })
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        yield* outcome(text)
        yield* TestClock.adjust("60 seconds")
        expect(yield* outcome(text)).toBe("u1")
        yield* TestClock.adjust("4 seconds")
        yield* outcome(text)
        expect(calls).toHaveLength(2)
        yield* TestClock.adjust("1 second")
        expect(yield* outcome(text)).toBe("u1")
        expect(calls).toHaveLength(3)
      })
    )
  })

  it("of one issuer are fetched for its own tokens alone", async () => {
    const { calls, outcome } = over([keySet(k1Public)])
    expect(await atNow(outcome(await token({ iss: "https://evil.example.com" })))).toBe("IssuerMismatch")
    expect(await atNow(outcome(await token({}, { typ: "JWT" })))).toBe("TypeMismatch")
    expect(calls).toEqual([])
  })
})
