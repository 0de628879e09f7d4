import {
  checkSignature,
  type FetchDocument,
  type KeyProblem,
  type KeySource,
  makeFixedKeys,
  makeRemoteKeys,
  parseJwt,
  type RemoteKeysOptions
} from "@postern/jwt-verify"
import { createRemoteKeys } from "@postern/jwt-verify/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { exportJWK, generateKeyPair } from "jose"
import { describe, expect, it } from "vitest"
import { atNow, claims, endpoint, jwks, k1, k1Public, k2, k2Public, keySet, sign } from "./fixture.ts"

const PSS = { name: "RSA-PSS", saltLength: 32 }
const PKCS1 = { name: "RSASSA-PKCS1-v1_5" }
const rsaForPss = await crypto.subtle.importKey(
  "jwk",
  await exportJWK(k2.privateKey),
  { name: "RSA-PSS", hash: "SHA-256" },
  false,
  ["sign"]
)

const jwt = async (
  header: { readonly alg: string; readonly kid?: string },
  key: CryptoKey = k1.privateKey,
  by?: Parameters<typeof sign>[3]
) => {
  const form = { algorithms: ["ES256", "PS256", "RS256"], types: ["jwt"], typeMayBeAbsent: true } as const
  return Result.getOrThrow(parseJwt(await sign(header, claims, key, by), form))
}

const outcome = (jwt: Parameters<typeof checkSignature>[0], keys: KeySource) =>
  Effect.match(checkSignature(jwt, keys), { onSuccess: () => "signed", onFailure: ({ _tag }) => _tag as string })

const wrong = (made: Result.Result<KeySource, { readonly key: string; readonly reason: string }>) =>
  Result.isFailure(made) ? made.failure.key : undefined

describe("makeFixedKeys", () => {
  it("uses a key that names no algorithm with the first that fits, or with each where that is said", async () => {
    const { alg: _, ...unstated } = k2Public
    const algorithms = ["PS256", "RS256"] as const
    const first = Result.getOrThrow(makeFixedKeys({ keys: [unstated] }, { algorithms }))
    const each = Result.getOrThrow(makeFixedKeys({ keys: [unstated] }, { algorithms, unstatedAlgorithm: "each" }))
    const stated = Result.getOrThrow(makeFixedKeys({ keys: [k2Public] }, { algorithms, unstatedAlgorithm: "each" }))
    const pss = await jwt({ alg: "PS256", kid: "k2" }, rsaForPss, PSS)
    const pkcs1 = await jwt({ alg: "RS256", kid: "k2" }, k2.privateKey, PKCS1)
    const verdicts = async (keys: KeySource) => [await atNow(outcome(pss, keys)), await atNow(outcome(pkcs1, keys))]
    expect(await verdicts(first)).toEqual(["signed", "KeyUnknown"])
    expect(await verdicts(each)).toEqual(["signed", "signed"])
    expect(await verdicts(stated)).toEqual(["KeyUnknown", "signed"])
  })

  it("is one key under the two names of an algorithm", async () => {
    const pair = await generateKeyPair("Ed25519", { extractable: true })
    const keys = makeFixedKeys(
      { keys: [await exportJWK(pair.publicKey)] },
      { algorithms: ["EdDSA", "Ed25519"], unstatedAlgorithm: "each" }
    )
    const text = await sign({ alg: "EdDSA" }, claims, pair.privateKey, { name: "Ed25519" })
    const read = Result.getOrThrow(parseJwt(text, { algorithms: ["EdDSA"], types: [], typeMayBeAbsent: true }))
    expect(await atNow(outcome(read, Result.getOrThrow(keys)))).toBe("signed")
  })

  it("passes over what is not accepted", async () => {
    const seen: Array<unknown> = []
    const accepts = (jwk: Readonly<Record<string, unknown>>) => {
      seen.push(jwk["x5t"])
      return jwk["x5t"] !== "revoked"
    }
    const other = { ...k1Public, x5t: "revoked" }
    const keys = makeFixedKeys({ keys: [other, k1Public] }, { algorithms: ["ES256"], accepts })
    expect(await atNow(outcome(await jwt({ alg: "ES256", kid: "k1" }), Result.getOrThrow(keys)))).toBe("signed")
    expect(seen).toEqual(["revoked", undefined])
    expect(wrong(makeFixedKeys({ keys: [other] }, { algorithms: ["ES256"], accepts }))).toBe("jwks")
  })

  it("is read up to a hundred members", () => {
    const members = (count: number) => [k1Public, ...Array.from({ length: count - 1 }, () => ({ kty: "unknown" }))]
    expect(wrong(makeFixedKeys({ keys: members(100) }, { algorithms: ["ES256"] }))).toBeUndefined()
    expect(wrong(makeFixedKeys({ keys: members(101) }, { algorithms: ["ES256"] }))).toBe("jwks")
  })

  it("is refused without a key for the rules, and for rules that are wrong or not known", () => {
    for (const set of [undefined, null, {}, { keys: [] }, { keys: [k2Public] }, { keys: [{ kty: "oct", k: "AA" }] }]) {
      expect(wrong(makeFixedKeys(set, { algorithms: ["ES256"] })), JSON.stringify(set)).toBe("jwks")
    }
    for (const [key, rules] of [
      ["algorithms", { algorithms: [] }],
      ["algorithms", { algorithms: ["HS256"] }],
      ["unstatedAlgorithm", { algorithms: ["ES256"], unstatedAlgorithm: "all" }],
      ["accepts", { algorithms: ["ES256"], accepts: true }],
      ["accept", { algorithms: ["ES256"], accept: () => true }]
    ] as const) {
      expect(wrong(makeFixedKeys(jwks, rules as never)), key).toBe(key)
    }
  })
})

describe("makeRemoteKeys", () => {
  const at = { issuer: "c1", url: "https://c1.example.com/jwks", algorithms: ["ES256"] } as const
  const over = (fetch: FetchDocument, options: Partial<RemoteKeysOptions> = {}) =>
    Result.getOrThrow(makeRemoteKeys({ ...at, fetch, ...options }))

  it("fetches when it is asked, in the name of who named the URL, and says whose keys are not there", async () => {
    const asked: Array<unknown> = []
    const problems: Array<KeyProblem> = []
    const fetch: FetchDocument = (request) => Effect.suspend(() => (asked.push(request), Effect.fail("down")))
    const onProblem = (problem: KeyProblem) => void problems.push(problem)
    const read = await jwt({ alg: "ES256", kid: "k1" })
    const named = over(fetch, { namedBy: "https://c1.example.com/client", onProblem })
    expect(asked).toEqual([])
    expect(await atNow(Effect.flip(checkSignature(read, named)))).toMatchObject({
      _tag: "KeysUnavailable",
      issuer: "c1",
      reason: "network"
    })
    await atNow(outcome(read, over(fetch)))
    expect(asked).toEqual([{ url: at.url, namedBy: "https://c1.example.com/client" }, { url: at.url }])
    expect(problems).toEqual([{ _tag: "KeysUnavailable", issuer: "c1", reason: "network" }])
  })

  it("is not asked again before its set is so old, whoever comes with a key that is not in it", async () => {
    const { calls, fetch } = endpoint(keySet(k1Public))
    const keys = over(fetch, { cache: { minimumAgeSeconds: 30 }, askAgainAfterSeconds: 30 })
    const [known, unknown] = [await jwt({ alg: "ES256", kid: "k1" }), await jwt({ alg: "ES256", kid: "k7" })]
    await atNow(
      Effect.gen(function* () {
        expect(yield* outcome(known, keys)).toBe("signed")
        for (let second = 0; second < 30; second++) {
          expect(yield* outcome(unknown, keys)).toBe("KeyUnknown")
          yield* TestClock.adjust("1 second")
        }
        expect(calls).toHaveLength(1)
        expect(yield* outcome(unknown, keys)).toBe("KeyUnknown")
        expect(yield* outcome(known, keys)).toBe("signed")
        expect(calls).toHaveLength(2)
      })
    )
    // Unless told, a server that has just changed its keys is followed at once.
    const other = endpoint(keySet(k2Public, k1Public))
    const eager = over(other.fetch)
    await atNow(Effect.andThen(outcome(known, eager), outcome(unknown, eager)))
    expect(other.calls).toHaveLength(2)
  })

  it("uses keys by its rules", async () => {
    const { fetch } = endpoint(keySet({ ...k1Public, d: "AA" }))
    const read = await jwt({ alg: "ES256", kid: "k1" })
    expect(await atNow(outcome(read, over(fetch)))).toBe("signed")
    const careful = over(fetch, { accepts: (jwk) => !Object.hasOwn(jwk, "d") })
    expect(await atNow(outcome(read, careful))).toBe("KeysUnavailable")
  })

  it("is made by createRemoteKeys over the platform's fetch", async () => {
    const fetch = () => Promise.resolve(Response.json({ keys: [k1Public] }))
    const keys = createRemoteKeys({ ...at, fetch })
    expect(await atNow(outcome(await jwt({ alg: "ES256", kid: "k1" }), keys))).toBe("signed")
    expect(() => createRemoteKeys({ ...at, url: "http://c1.example.com/jwks" })).toThrow(
      expect.objectContaining({ _tag: "ConfigurationInvalid", key: "url" })
    )
  })

  it("is refused for options that are wrong or not known", () => {
    const { fetch } = endpoint(keySet())
    for (const [key, options] of [
      ["url", { url: "http://c1.example.com/jwks" }],
      ["url", { url: "c1" }],
      ["fetch", { fetch: undefined }],
      ["algorithms", { algorithms: [] }],
      ["cache.minimumAgeSeconds", { cache: { minimumAgeSeconds: 0 } }],
      ["cache.minimumAgeSeconds", { cache: { minimumAgeSeconds: 4000 } }],
      ["cache.maxStaleSeconds", { cache: { maxStaleSeconds: 10 } }],
      ["cache.max", { cache: { max: 1 } }],
      ["askAgainAfterSeconds", { askAgainAfterSeconds: -1 }],
      ["askAgainAfterSeconds", { askAgainAfterSeconds: Number.NaN }],
      ["onProblem", { onProblem: "log" }],
      ["jwksUri", { jwksUri: at.url }]
    ] as const) {
      expect(wrong(makeRemoteKeys({ ...at, fetch, ...options } as never)), key).toBe(key)
    }
  })
})
