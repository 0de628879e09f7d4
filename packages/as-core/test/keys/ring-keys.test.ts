import { importPublicKey, signBytes, verifySignature } from "@postern/bytes"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { SigningAlgorithm } from "../../src/keys/key-set.ts"
import { makeRingKeys, type RingKeys, type RingKeysOptions } from "../../src/keys/ring-keys.ts"
import { importEncryptionKey, open, seal } from "../../src/keys/seal.ts"
import { makeMemoryStore, type MemoryStore } from "../memory-store.ts"
import { at } from "./at.ts"

const HOUR = 3600
const DAY = 24 * HOUR
const start = 1_800_000_000
const secret = (fill: number) => new Uint8Array(32).fill(fill)

const makeRing = async (store: MemoryStore, changes: Partial<RingKeysOptions> = {}): Promise<RingKeys> =>
  makeRingKeys({
    store,
    encryptionKeys: [await Effect.runPromise(importEncryptionKey(secret(1)))],
    algorithm: "ES256",
    policy: { rotateAfter: 30 * DAY, publishAhead: HOUR, keepPublished: 900 },
    refreshAfter: 60,
    ...changes
  })

const kidsOf = async (ring: RingKeys, now: number) => (await at(now, ring.published)).map((key) => key["kid"])
const data = new TextEncoder().encode("header.payload")

describe("a key ring in the store", () => {
  it.each<[SigningAlgorithm, ReadonlyArray<string>]>([
    ["ES256", ["crv", "kty", "x", "y"]],
    ["EdDSA", ["crv", "kty", "x"]],
    ["RS256", ["e", "kty", "n"]]
  ])(
    "[JWK-17] makes a key for %s, publishes its public members alone, and signs what they verify",
    async (algorithm, members) => {
      const ring = await makeRing(makeMemoryStore(), { algorithm })
      const signing = await at(start, ring.signing)
      const [published] = await at(start, ring.published)
      if (published === undefined) throw new Error("nothing is published")
      const { kid, alg, use, ...jwk } = published
      expect([kid, alg, use]).toEqual([signing.kid, algorithm, "sig"])
      expect(Object.keys(jwk).sort()).toEqual(members)
      const publicKey = await Effect.runPromise(importPublicKey(algorithm, jwk))
      const signature = await Effect.runPromise(signBytes(algorithm, signing.privateKey, data))
      if (publicKey === undefined) throw new Error("the published key cannot be imported")
      expect(await Effect.runPromise(verifySignature(algorithm, publicKey, signature, data))).toBe(true)
      expect(signing.privateKey.extractable).toBe(false)
    }
  )

  it("[STO-01] keeps private keys encrypted: nothing of them is in the store", async () => {
    const store = makeMemoryStore()
    const ring = await makeRing(store)
    const { kid } = await at(start, ring.signing)
    const held = await Effect.runPromise(store.findKeyRing)
    const key = held?.keys[0]
    if (key === undefined) throw new Error("no key was saved")
    const encryptionKey = await Effect.runPromise(importEncryptionKey(secret(1)))
    const text = await Effect.runPromise(open([encryptionKey], `postern signing key ${kid}`, key.sealedPrivateKey))
    const { d } = JSON.parse(text ?? "{}") as { d: string }
    expect(d).toMatch(/^[\w-]{43}$/)
    expect(store.dump()).not.toContain(d)
    expect(key.publicJwk).not.toHaveProperty("d")
  })

  it("[STO-06] opens no key that was put in the place of another one", async () => {
    const store = makeMemoryStore()
    const ring = await makeRing(store)
    await at(start, ring.signing)
    const held = await Effect.runPromise(store.findKeyRing)
    const [key] = held?.keys ?? []
    if (held === undefined || key === undefined) throw new Error("no key was saved")
    await Effect.runPromise(store.saveKeyRing({ expected: held.version, keys: [{ ...key, kid: "another" }] }))
    const other = await makeRing(store)
    await expect(at(start, other.signing)).rejects.toMatchObject({ _tag: "StoreFailed", operation: "openKey" })
  })

  it("opens with an encryption key that was replaced, as long as it is named", async () => {
    const store = makeMemoryStore()
    const { kid } = await at(start, (await makeRing(store)).signing)
    const [old, young] = await Promise.all(
      [secret(1), secret(2)].map((bytes) => Effect.runPromise(importEncryptionKey(bytes)))
    )
    if (old === undefined || young === undefined) throw new Error("no keys")
    const both = await makeRing(store, { encryptionKeys: [young, old] })
    expect((await at(start, both.signing)).kid).toBe(kid)
    await at(start + 1, both.rotate)
    const alone = await makeRing(store, { encryptionKeys: [young] })
    await expect(at(start + 2, alone.signing)).rejects.toMatchObject({ operation: "openKey" })
    expect((await at(start + 2 + HOUR, alone.signing)).kid).not.toBe(kid)
  })

  it("[JWK-18] publishes the next key an hour before it signs, and the old one until its last token is gone", async () => {
    const ring = await makeRing(makeMemoryStore())
    const first = (await at(start, ring.signing)).kid
    const due = start + 30 * DAY
    expect(await kidsOf(ring, due - HOUR - 61)).toEqual([first])
    // A minute later the ring is read again.
    expect(await kidsOf(ring, due - HOUR)).toHaveLength(2)
    expect((await at(due - 1, ring.signing)).kid).toBe(first)
    const second = (await at(due, ring.signing)).kid
    expect(second).not.toBe(first)
    expect(await kidsOf(ring, due + 899)).toEqual([first, second])
    expect(await kidsOf(ring, due + 900)).toEqual([second])
  })

  it("[JWK-18] says which key a rotation lets sign, and when, also where one waits already", async () => {
    const ring = await makeRing(makeMemoryStore())
    const first = (await at(start, ring.signing)).kid
    const next = await at(start + 10, ring.rotate)
    expect(next).toEqual({ kid: expect.any(String), signsFrom: start + 10 + HOUR })
    expect((await at(next.signsFrom - 1, ring.signing)).kid).toBe(first)
    expect((await at(next.signsFrom, ring.signing)).kid).toBe(next.kid)
    // The key after it is published an hour before its time; a rotation finds it there.
    const due = next.signsFrom + 30 * DAY
    await at(due - HOUR, ring.signing)
    const waiting = await at(due - 60, ring.rotate)
    expect(waiting.signsFrom).toBe(due)
    expect((await at(due, ring.signing)).kid).toBe(waiting.kid)
  })

  it("is one ring for processes that start together", async () => {
    const store = makeMemoryStore()
    const rings = await Promise.all(Array.from({ length: 8 }, () => makeRing(store)))
    const kids = await Promise.all(rings.map(async (ring) => (await at(start, ring.signing)).kid))
    expect(new Set(kids).size).toBe(1)
    expect((await Effect.runPromise(store.findKeyRing))?.keys).toHaveLength(1)
  })

  it("lets many callers at once share one reading, and another process see a rotation within a minute", async () => {
    const store = makeMemoryStore()
    let reads = 0
    const counting = {
      ...store,
      findKeyRing: Effect.suspend(() => {
        reads++
        return store.findKeyRing
      })
    }
    const ring = await makeRing(counting)
    await Promise.all(Array.from({ length: 64 }, () => at(start, ring.signing)))
    // The first reads an empty store, saves, and knows what it saved.
    expect(reads).toBe(1)
    const other = await makeRing(store)
    await at(start + 1, other.rotate)
    expect(await kidsOf(ring, start + 59)).toHaveLength(1)
    expect(await kidsOf(ring, start + 60)).toHaveLength(2)
  })

  it("goes on signing while the store does not answer, and begins with nothing where it never did", async () => {
    const store = makeMemoryStore()
    const ring = await makeRing(store)
    const { kid } = await at(start, ring.signing)
    store.mode = "failed"
    expect((await at(start + HOUR, ring.signing)).kid).toBe(kid)
    await expect(at(start, (await makeRing(store)).signing)).rejects.toMatchObject({ _tag: "StoreFailed" })
  })

  it("asks a store that does not answer every five seconds, not at each request", async () => {
    const store = makeMemoryStore()
    const ring = await makeRing(store)
    await at(start, ring.signing)
    let reads = 0
    const { findKeyRing } = store
    Object.assign(store, {
      findKeyRing: Effect.suspend(() => {
        reads++
        return findKeyRing
      })
    })
    store.mode = "failed"
    for (const seconds of [60, 60, 64, 65, 69]) await at(start + seconds, ring.published)
    expect(reads).toBe(2)
    store.mode = "works"
    for (const seconds of [70, 71, 129]) await at(start + seconds, ring.published)
    expect(reads).toBe(3)
  })

  it("withdraws a key at once: it is published no longer, and another one signs", async () => {
    const store = makeMemoryStore()
    const ring = await makeRing(store)
    const { kid } = await at(start, ring.signing)
    expect(await at(start + 10, ring.withdraw(kid))).toBe("Withdrawn")
    const next = (await at(start + 10, ring.signing)).kid
    expect(next).not.toBe(kid)
    expect(await kidsOf(ring, start + 10)).toEqual([next])
    for (const gone of [kid, "nobody"]) expect(await at(start + 11, ring.withdraw(gone))).toBe("Unknown")
    expect(await kidsOf(ring, start + 11)).toEqual([next])
  })
})

describe("a sealed text", () => {
  it("differs each time, and opens for its purpose, with its key, unchanged, and not otherwise", async () => {
    const [one, two] = await Promise.all(
      [secret(1), secret(2)].map((bytes) => Effect.runPromise(importEncryptionKey(bytes)))
    )
    if (one === undefined || two === undefined) throw new Error("no keys")
    const sealed = await Effect.runPromise(seal(one, "a", "text"))
    expect(await Effect.runPromise(seal(one, "a", "text"))).not.toBe(sealed)
    expect(await Effect.runPromise(open([two, one], "a", sealed))).toBe("text")
    expect(await Effect.runPromise(open([one], "b", sealed))).toBeUndefined()
    expect(await Effect.runPromise(open([two], "a", sealed))).toBeUndefined()
    expect(
      await Effect.runPromise(open([one], "a", `${sealed.startsWith("A") ? "B" : "A"}${sealed.slice(1)}`))
    ).toBeUndefined()
    expect(await Effect.runPromise(open([one], "a", "=="))).toBeUndefined()
    expect(await Effect.runPromise(open([one], "a", ""))).toBeUndefined()
  })
})
