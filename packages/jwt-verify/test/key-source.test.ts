import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { makeVerifier, type VerifierOptions } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
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

  it("[JWK-01] are asked for at most once in each cool-down by unknown kids, and nothing of these is kept", async () => {
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
        expect(new Set(yield* all(unknown))).toEqual(new Set(["KeyUnknown"]))
        expect(calls).toHaveLength(1)
        expect(yield* outcome(valid)).toBe("u1")
        yield* TestClock.adjust("600 seconds")
        expect(new Set(yield* all(unknown))).toEqual(new Set(["KeyUnknown"]))
        expect(calls).toHaveLength(2)
      })
    )
  })

  it("[JWK-03] are asked for once in each cool-down while the endpoint is down", async () => {
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

  it("are asked for once by requests that hang up, however many do", async () => {
    const { calls, outcome } = over([keySet(k1Public), "hang"])
    const [known, ...unknown] = [
      await long(),
      ...(await Promise.all(Array.from({ length: 20 }, () => long({}, { kid: crypto.randomUUID() }))))
    ]
    await atNow(
      Effect.gen(function* () {
        yield* outcome(known)
        for (const text of unknown) {
          const fiber = yield* Effect.forkChild(outcome(text))
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(fiber)
        }
        expect(calls).toHaveLength(2)
        yield* TestClock.adjust("19 seconds")
        yield* outcome(unknown[0] ?? "")
        expect(calls).toHaveLength(2)
      })
    )
  })

  it("arrive although who asked first has hung up", async () => {
    const { calls, outcome } = over([keySet(k1Public)])
    const text = await token()
    await atNow(
      Effect.gen(function* () {
        const first = yield* Effect.forkChild(outcome(text))
        const second = yield* Effect.forkChild(outcome(text))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(first)
        expect(yield* Fiber.join(second)).toBe("u1")
        expect(calls).toHaveLength(1)
      })
    )
  })

  it("are not asked for before the cool-down after a fetch that took long", async () => {
    const keyCache = { fetchTimeoutSeconds: 40, cooldownSeconds: 30 }
    const { all, calls, outcome } = over(["hang"], { keyCache })
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        const waiting = yield* Effect.forkChild(all(Array.from({ length: 10 }, () => text)))
        yield* TestClock.adjust("40 seconds")
        yield* Fiber.join(waiting)
        expect(yield* outcome(text)).toBe("KeysUnavailable")
        yield* TestClock.adjust("29 seconds")
        expect(yield* outcome(text)).toBe("KeysUnavailable")
        expect(calls).toHaveLength(1)
      })
    )
  })

  it("make one request in each cool-down wait while the endpoint hangs, and no other", async () => {
    const { calls, outcome } = over([keySet(k1Public), "hang"])
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        yield* outcome(text)
        yield* TestClock.adjust("10 minutes")
        const first = yield* Effect.forkChild(outcome(text))
        yield* TestClock.adjust("10 seconds")
        expect(yield* Fiber.join(first)).toBe("u1")
        yield* TestClock.adjust("30 seconds")
        const next = yield* Effect.forkChild(outcome(text))
        yield* Effect.yieldNow
        expect(yield* outcome(text)).toBe("u1")
        expect(calls).toHaveLength(3)
        yield* TestClock.adjust("10 seconds")
        expect(yield* Fiber.join(next)).toBe("u1")
      })
    )
  })

  it("are asked for anew when a fetch never ends, not even when it is stopped", async () => {
    const calls: Array<string> = []
    const fetch = ({ url }: { readonly url: string }) =>
      Effect.suspend(() => {
        calls.push(url)
        if (calls.length === 1) return Effect.uninterruptible(Effect.never)
        return Effect.succeed({ ...keySet(k1Public), headers: new Headers() })
      })
    const { verify } = make({ jwks: { uri: URL_OF_KEYS }, fetch })
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        const stuck = yield* Effect.forkChild(Effect.flip(verify(text)))
        yield* TestClock.adjust("11 seconds")
        expect(yield* Fiber.join(stuck)).toMatchObject({ _tag: "KeysUnavailable", reason: "timeout" })
        expect((yield* verify(text)).subject).toBe("u1")
        expect(calls).toHaveLength(2)
      })
    )
  })

  it("[JWK-04] are fetched again for the first token of a new key, while the old one stays good", async () => {
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

  it("[JWK-05] are fetched once for a hundred tokens of a new key at a time", async () => {
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

  it("[JWT-36] that are gone from the set are gone when its time is over", async () => {
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

  it("[JWK-14] keep the last good set when the answer is no key set, and pass over junk in one", async () => {
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

  it("[JWK-15] outlive the endpoint for four hours after they were fetched", async () => {
    const { calls, outcome } = over([keySet(k1Public), DOWN])
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        expect(yield* outcome(text)).toBe("u1")
        yield* TestClock.adjust("1 hour")
        expect(yield* outcome(text)).toBe("u1")
        yield* TestClock.adjust("10799 seconds")
        expect(yield* outcome(text)).toBe("u1")
        yield* TestClock.adjust("1 second")
        expect(yield* outcome(text)).toBe("KeysUnavailable")
        expect(calls).toHaveLength(3)
      })
    )
  })

  it("are asked for anew when the clock was set back, whatever was written down before", async () => {
    const { calls, outcome } = over([keySet(k1Public), DOWN, keySet(k1Public)])
    const text = await long({ iat: claims.iat - 7200, exp: claims.iat + 60_000 })
    await atNow(
      Effect.gen(function* () {
        yield* outcome(text)
        yield* TestClock.adjust("10 minutes")
        yield* outcome(text)
        yield* TestClock.setTime((claims.iat - 3600) * 1000)
        expect(yield* outcome(text)).toBe("u1")
        expect(calls).toHaveLength(3)
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
    const keyCache = {
      maxAgeSeconds: 60,
      minimumAgeSeconds: 60,
      cooldownSeconds: 5,
      maxStaleSeconds: 120,
      fetchTimeoutSeconds: 2
    }
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

describe("how long a key set is used", () => {
  // How many seconds after it was fetched a set is asked for again, by its headers.
  const askedAgainAfter = async (headers: Readonly<Record<string, string>>, seconds: number) => {
    const { calls, outcome } = over([{ ...keySet(k1Public), headers }])
    const text = await long()
    await atNow(
      Effect.gen(function* () {
        yield* outcome(text)
        yield* TestClock.adjust(`${seconds - 1} seconds`)
        yield* outcome(text)
        expect(calls).toHaveLength(1)
        yield* TestClock.adjust("1 second")
        yield* outcome(text)
        expect(calls).toHaveLength(2)
      })
    )
  }

  it.each([
    ["max-age", { "cache-control": "public, max-age=900" }, 900],
    ["max-age in another case and in quotes", { "cache-control": 'Max-Age="900"' }, 900],
    ["the age that it came with", { "cache-control": "max-age=900", age: "300" }, 600],
    ["the shorter of two", { "cache-control": "max-age=900, max-age=700" }, 700],
    ["an hour at most", { "cache-control": "max-age=31536000" }, 3600],
    ["a minute at least", { "cache-control": "max-age=1" }, 60],
    ["a minute when it is not to be stored", { "cache-control": "no-store, max-age=900" }, 60],
    ["a minute when it is older than it may be", { "cache-control": "max-age=900", age: "9000" }, 60],
    ["ten minutes when the header is no number", { "cache-control": "max-age=1e9", age: "x" }, 600],
    ["the time of this cache, not of a shared one", { "cache-control": "s-maxage=70" }, 600]
  ])("is %s", async (_, headers, seconds) => {
    await askedAgainAfter(headers, seconds)
  })
})

describe("keys found by the issuer's metadata", () => {
  const METADATA = "https://as.example.com/.well-known/oauth-authorization-server"
  const OPENID = "https://as.example.com/.well-known/openid-configuration"
  const document = (changes: object = {}) => ({
    status: 200,
    text: JSON.stringify({ issuer: "https://as.example.com", jwks_uri: URL_OF_KEYS, ...changes })
  })
  const NOTHING = { status: 404, text: "" }

  // A verifier that was told the issuer alone, and what it asked for: the URL, and who named it.
  const discovering = (...answers: ReadonlyArray<Answer>) => {
    const asked: Array<readonly [url: string, namedBy: string | undefined]> = []
    const { fetch: answer } = endpoint(...answers)
    const { verify } = Result.getOrThrow(
      makeVerifier({
        issuer: "https://as.example.com",
        audience: "https://mcp.example.com/mcp",
        fetch: (request) => {
          asked.push([request.url, request.namedBy])
          return answer(request)
        }
      })
    )
    const outcome = (text: string) =>
      Effect.match(verify(text), {
        onSuccess: ({ subject }) => subject,
        onFailure: (error) => ("reason" in error ? `${error._tag} ${error.reason}` : error._tag)
      })
    return { asked, outcome }
  }

  it("are fetched from where the first document says, in the name of that document", async () => {
    const first = discovering(document(), keySet(k1Public))
    expect(await atNow(first.outcome(await token()))).toBe("u1")
    expect(first.asked).toEqual([
      [METADATA, undefined],
      [URL_OF_KEYS, METADATA]
    ])
    const second = discovering(NOTHING, document(), keySet(k1Public))
    expect(await atNow(second.outcome(await token()))).toBe("u1")
    expect(second.asked).toEqual([
      [METADATA, undefined],
      [OPENID, undefined],
      [URL_OF_KEYS, OPENID]
    ])
  })

  it("are not fetched on the word of a document of another issuer", async () => {
    for (const issuer of [
      "https://as.example.com/",
      "https://evil.example.com",
      undefined,
      ["https://as.example.com"]
    ]) {
      const { asked, outcome } = discovering(document({ issuer }), keySet(k1Public))
      expect(await atNow(outcome(await token()))).toBe("KeysUnavailable malformed")
      expect(asked).toEqual([[METADATA, undefined]])
    }
  })

  it("[JWK-11] are not fetched from a URL that is not secure, before anything is asked there", async () => {
    const urls = [
      "http://as.example.com/jwks",
      "file:///etc/passwd",
      "data:application/json,%7B%7D",
      "https://user:secret@as.example.com/jwks",
      "https://as.example.com/jwks#x",
      "/jwks",
      7
    ]
    for (const url of urls) {
      const { asked, outcome } = discovering(document({ jwks_uri: url }), keySet(k1Public))
      expect(await atNow(outcome(await token()))).toBe("KeysUnavailable malformed")
      expect(asked).toEqual([[METADATA, undefined]])
    }
    for (const uri of urls.slice(0, 6) as ReadonlyArray<string>) {
      const made = makeVerifier({
        issuer: "https://as.example.com",
        audience: "a",
        jwks: { uri },
        fetch: () => Effect.never
      })
      expect(Result.isFailure(made)).toBe(true)
    }
  })

  it("are not looked for elsewhere while the server is down", async () => {
    for (const [answer, reason] of [
      ["network", "network"],
      [{ status: 500, text: "" }, "status"],
      [{ status: 302, text: "" }, "status"],
      [{ status: 200, text: "<html>" }, "malformed"]
    ] as const) {
      const { asked, outcome } = discovering(answer, document(), keySet(k1Public))
      expect(await atNow(outcome(await token()))).toBe(`KeysUnavailable ${reason}`)
      expect(asked).toEqual([[METADATA, undefined]])
    }
    expect(await atNow(discovering(NOTHING).outcome(await token()))).toBe("KeysUnavailable status")
  })

  it("are found again when they have moved", async () => {
    const moved = "https://keys.example.com/jwks"
    const text = await long()
    const { asked, outcome } = discovering(
      document(),
      keySet(k1Public),
      NOTHING,
      document({ jwks_uri: moved }),
      keySet(k1Public)
    )
    await atNow(
      Effect.gen(function* () {
        yield* outcome(text)
        yield* TestClock.adjust("10 minutes")
        expect(yield* outcome(text)).toBe("u1")
        expect(asked.slice(2)).toEqual([
          [URL_OF_KEYS, METADATA],
          [METADATA, undefined],
          [moved, METADATA]
        ])
      })
    )
  })

  it("are looked for again when an hour is over, and when they could not be had", async () => {
    const text = await long()
    const { asked, outcome } = discovering(
      document(),
      { ...keySet(k1Public), headers: { "cache-control": "max-age=3599" } },
      keySet(k1Public),
      document(),
      keySet(k1Public),
      NOTHING,
      document(),
      document(),
      keySet(k1Public)
    )
    const askedNow = () => asked.splice(0).map(([url]) => url)
    await atNow(
      Effect.gen(function* () {
        yield* outcome(text)
        expect(askedNow()).toEqual([METADATA, URL_OF_KEYS])
        yield* TestClock.adjust("3599 seconds")
        yield* outcome(text)
        expect(askedNow()).toEqual([URL_OF_KEYS])
        yield* TestClock.adjust("10 minutes")
        yield* outcome(text)
        expect(askedNow()).toEqual([METADATA, URL_OF_KEYS])
        yield* TestClock.adjust("10 minutes")
        expect(yield* outcome(text)).toBe("u1")
        // The metadata says the same: the set is not asked for a second time.
        expect(askedNow()).toEqual([URL_OF_KEYS, METADATA])
        yield* TestClock.adjust("30 seconds")
        expect(yield* outcome(text)).toBe("u1")
        expect(askedNow()).toEqual([METADATA, URL_OF_KEYS])
      })
    )
  })

  it("are not fetched from this machine on the word of another one", async () => {
    for (const url of ["http://127.0.0.1:8080/jwks", "http://localhost/jwks", "https://[::1]/jwks"]) {
      const { asked, outcome } = discovering(document({ jwks_uri: url }), keySet(k1Public))
      expect(await atNow(outcome(await token()))).toBe("KeysUnavailable malformed")
      expect(asked).toEqual([[METADATA, undefined]])
    }
    const local = "http://127.0.0.1:3000"
    const { calls, fetch } = endpoint(document({ issuer: local, jwks_uri: `${local}/jwks` }), keySet(k1Public))
    const { verify } = Result.getOrThrow(makeVerifier({ issuer: local, audience: claims.aud, fetch }))
    expect((await atNow(verify(await token({ iss: local })))).subject).toBe("u1")
    expect(calls).toHaveLength(2)
  })

  it("are given up when document and set together take longer than a fetch may", async () => {
    const text = await token()
    const verify = (answers: ReadonlyArray<Effect.Effect<Answer>>) => {
      const asked: Array<string> = []
      const fetch = ({ url }: { readonly url: string }) =>
        Effect.flatMap(
          Effect.sync(() => asked.push(url)),
          (count) =>
            Effect.flatMap(answers[count - 1] ?? Effect.never, (answer) =>
              typeof answer === "string" ? Effect.fail(answer) : Effect.succeed({ ...answer, headers: new Headers() })
            )
        )
      const { verify } = Result.getOrThrow(makeVerifier({ issuer: claims.iss, audience: claims.aud, fetch }))
      return { asked, failure: Effect.flip(verify(text)) }
    }
    const { asked, failure } = verify([Effect.delay(Effect.succeed(document()), "6 seconds")])
    await atNow(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(failure)
        yield* TestClock.adjust("10 seconds")
        expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "KeysUnavailable", reason: "timeout" })
        expect(asked).toEqual([METADATA, URL_OF_KEYS])
      })
    )
  })

  it("are asked for once, document and set, by a hundred tokens at a time", async () => {
    const { asked, outcome } = discovering(document(), keySet(k1Public))
    const text = await token()
    const all = Effect.forEach(Array.from({ length: 100 }), () => outcome(text), { concurrency: "unbounded" })
    expect(new Set(await atNow(all))).toEqual(new Set(["u1"]))
    expect(asked).toHaveLength(2)
  })
})

describe("a new key set", () => {
  it("[JWK-16] has no place for private and symmetric keys, and says so without them", async () => {
    const { d } = await exportJWK(k9.privateKey)
    const problems: Array<unknown> = []
    const logged: Array<unknown> = []
    const answer = keySet({ ...k9Public, d }, k1Public, { kty: "oct", k: "c2VjcmV0", kid: "k3" })
    const { outcome, verify } = over([answer], { onKeyProblem: (problem) => problems.push(problem) })
    const text = await longByK9()
    const logger = Logger.make(({ message }) => void logged.push(message))
    const verified = await atNow(Effect.provide(verify(text), Logger.layer([logger])))
    expect(verified.subject).toBe("u1")
    expect(problems).toEqual([
      { _tag: "PrivateKeyPublished", issuer: "https://as.example.com" },
      { _tag: "SymmetricKeyPublished", issuer: "https://as.example.com" }
    ])
    expect(JSON.stringify([problems, logged])).not.toContain(d)
    expect(JSON.stringify([problems, logged])).not.toContain("c2VjcmV0")
    expect(logged).toHaveLength(2)
    expect(await atNow(outcome(await sign({ alg: "HS256", typ: "at+jwt", kid: "k3" }, claims, k9.privateKey)))).toBe(
      "AlgorithmForbidden"
    )
  })

  it("without a key that can be used leaves the old one in its place", async () => {
    const problems: Array<string> = []
    const text = await long()
    for (const empty of [keySet(), keySet({ ...k1Public, use: "enc" }), keySet({ ...k1Public, x: "AQAB" })]) {
      const { outcome } = over([keySet(k1Public), empty], { onKeyProblem: ({ _tag }) => problems.push(_tag) })
      await atNow(
        Effect.gen(function* () {
          yield* outcome(text)
          yield* TestClock.adjust("10 minutes")
          expect(yield* outcome(text)).toBe("u1")
        })
      )
    }
    expect(problems).toEqual(Array.from({ length: 3 }, () => ["KeysUnusable", "KeysUnavailable"]).flat())
  })

  it("does not stand or fall with who is told of its problems", async () => {
    const onKeyProblem = () => {
      throw new Error("a bug of the listener")
    }
    const { outcome } = over([keySet(k1Public, { kty: "oct", k: "c2VjcmV0" })], { onKeyProblem })
    expect(await atNow(outcome(await token()))).toBe("u1")
  })

  it("leaves tokens of unchanged keys remembered, and those of a key that is gone not", async () => {
    const answers = [keySet(k1Public, k9Public), keySet(k9Public, k1Public), keySet(k9Public)]
    const { calls, fetch } = endpoint(...answers)
    const { recall, verify } = make({ jwks: { uri: URL_OF_KEYS }, fetch, tokenCache: { maximumAgeSeconds: 86_400 } })
    const [old, other] = [await long(), await longByK9()]
    const isKnown = (text: string, seconds: number) => recall(text, (claims.iat + seconds) * 1000) !== undefined
    await atNow(
      Effect.gen(function* () {
        yield* verify(old)
        expect([isKnown(old, 0), isKnown(old, 599), isKnown(old, 600), isKnown(old, -1)]).toEqual([
          true,
          true,
          false,
          false
        ])
        yield* TestClock.adjust("10 minutes")
        yield* verify(other)
        expect(calls).toHaveLength(2)
        expect([isKnown(old, 600), isKnown(other, 600)]).toEqual([true, true])
        yield* TestClock.adjust("10 minutes")
        yield* verify(other)
        expect([isKnown(old, 1200), isKnown(other, 1200)]).toEqual([false, true])
      })
    )
  })

  it("that cannot be had leaves remembered tokens good until the endpoint is to be asked again", async () => {
    const { fetch } = endpoint(keySet(k1Public), DOWN)
    const { recall, verify } = make({ jwks: { uri: URL_OF_KEYS }, fetch, tokenCache: { maximumAgeSeconds: 86_400 } })
    const text = await long()
    const isKnown = (seconds: number) => recall(text, (claims.iat + seconds) * 1000) !== undefined
    await atNow(
      Effect.gen(function* () {
        yield* verify(text)
        yield* TestClock.adjust("10 minutes")
        yield* verify(text)
        expect([isKnown(600), isKnown(629), isKnown(630)]).toEqual([true, true, false])
      })
    )
  })
})
