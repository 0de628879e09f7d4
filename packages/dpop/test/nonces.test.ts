import { makeNonces, type Nonces } from "@postern/dpop"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { atNow, make, NOW, prove, request, setTime } from "./fixture.ts"

const secret = new Uint8Array(32).map((_, at) => at)
const noncesOf = (options: Partial<Parameters<typeof makeNonces>[0]> = {}) =>
  Result.getOrThrow(makeNonces({ secret, ...options }))

/** The nonce that is given out at a time. */
const nonceAt = (nonces: Nonces, seconds: number) => atNow(Effect.andThen(setTime(seconds), nonces.current))

const refuseWith = (nonces: Nonces, nonce: unknown, seconds = NOW) =>
  atNow(
    Effect.gen(function* () {
      const proof = yield* Effect.promise(() => prove({ iat: seconds, ...(nonce === undefined ? {} : { nonce }) }))
      yield* setTime(seconds)
      return yield* Effect.flip(make({ nonces }).verify(request(proof)))
    })
  )

describe("a proof where nonces are configured", () => {
  it("is refused without one, and told which to use", async () => {
    const nonces = noncesOf()
    const nonce = await nonceAt(nonces, NOW)
    expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(await refuseWith(nonces, undefined)).toMatchObject({
      _tag: "NonceRequired",
      kind: "rejection",
      spec: "RFC 9449 section 9",
      reason: "absent",
      nonce,
      message: "the DPoP proof has no nonce"
    })
  })

  it("is accepted with the one that it was told", async () => {
    const { nonce: current, verify } = make({ nonces: noncesOf() })
    const nonce = await atNow(current)
    expect((await atNow(verify(request(await prove({ nonce }))))).id).toBe("j1")
  })

  it("is refused with an old, a future, a guessed and another server's nonce, and told which to use", async () => {
    const nonces = noncesOf()
    const nonce = await nonceAt(nonces, NOW)
    const guessed = [
      await nonceAt(nonces, NOW - 600),
      await nonceAt(nonces, NOW + 300),
      await nonceAt(noncesOf({ secret: new Uint8Array(32) }), NOW),
      await nonceAt(noncesOf({ lifetimeSeconds: 100 }), NOW),
      "",
      "a".repeat(43),
      nonce.slice(0, -1),
      `${nonce}A`,
      nonce.toLowerCase(),
      "\u00e9".repeat(43),
      String(Math.floor(NOW / 300))
    ]
    for (const each of guessed) {
      expect(await refuseWith(nonces, each)).toMatchObject({
        _tag: "NonceRequired",
        reason: "stale",
        nonce,
        message: "the nonce of the DPoP proof is not one that is accepted now"
      })
    }
  })

  it("is refused when its nonce is no string", async () => {
    for (const nonce of [1, null, [], {}, true]) {
      expect(await refuseWith(noncesOf(), nonce)).toMatchObject({ _tag: "ProofInvalid", reason: "claim" })
    }
  })

  it("is not remembered when its nonce is refused", async () => {
    const { verify, nonce: current } = make({ nonces: noncesOf() })
    const nonce = await atNow(current)
    await expect(atNow(verify(request(await prove())))).rejects.toMatchObject({ _tag: "NonceRequired" })
    expect((await atNow(verify(request(await prove({ nonce }))))).id).toBe("j1")
  })

  it("has its signature checked before its nonce is looked at", async () => {
    const nonces: Nonces = { current: Effect.die("asked"), accepts: () => Effect.die("asked") }
    const [head, body] = (await prove({ nonce: "a" })).split(".")
    const forged = `${head}.${body}.${"A".repeat(86)}`
    await expect(atNow(make({ nonces }).verify(request(forged)))).rejects.toMatchObject({ reason: "signature" })
  })
})

describe("makeNonces", () => {
  it("gives out one nonce for its lifetime and accepts it for one more", async () => {
    const nonces = noncesOf({ lifetimeSeconds: 10 })
    const accepts = (nonce: string, seconds: number) => atNow(Effect.andThen(setTime(seconds), nonces.accepts(nonce)))
    const first = await nonceAt(nonces, NOW)
    expect(await nonceAt(nonces, NOW + 9.999)).toBe(first)
    const second = await nonceAt(nonces, NOW + 10)
    expect(second).not.toBe(first)
    expect(await accepts(first, NOW + 19.999)).toBe(true)
    expect(await accepts(second, NOW + 19.999)).toBe(true)
    expect(await accepts(first, NOW + 20)).toBe(false)
    expect(await accepts(second, NOW + 9.999)).toBe(false)
  })

  it("gives every instance with the secret the same nonces, and nobody else", async () => {
    expect(await nonceAt(noncesOf(), NOW)).toBe(await nonceAt(noncesOf({ secret: secret.slice() }), NOW))
    expect(await nonceAt(noncesOf(), NOW)).not.toBe(await nonceAt(noncesOf({ secret: secret.toReversed() }), NOW))
    const spans = await Promise.all(Array.from({ length: 100 }, (_, at) => nonceAt(noncesOf(), NOW + 300 * at)))
    expect(new Set(spans).size).toBe(100)
  })

  it("keeps its own copy of the secret", async () => {
    const mine = secret.slice()
    const nonces = noncesOf({ secret: mine })
    mine.fill(0)
    expect(await nonceAt(nonces, NOW)).toBe(await nonceAt(noncesOf(), NOW))
  })

  it("refuses options that are wrong or not known", () => {
    const refusal = (options: object) => Result.getOrThrow(Result.flip(makeNonces({ secret, ...options })))
    for (const wrong of [new Uint8Array(31), "a".repeat(64), undefined, null, []]) {
      expect(refusal({ secret: wrong })).toMatchObject({
        _tag: "ConfigurationInvalid",
        kind: "rejection",
        spec: "RFC 9449 section 4.3",
        key: "secret",
        message: "the option secret is wrong: it has to be at least 32 bytes"
      })
    }
    for (const lifetimeSeconds of [0, -1, 1.5, 3601, Number.NaN, "300"]) {
      expect(refusal({ lifetimeSeconds })).toMatchObject({ key: "lifetimeSeconds" })
    }
    expect(refusal({ lifetime: 300 })).toMatchObject({ key: "lifetime", reason: "there is no such option" })
  })
})
