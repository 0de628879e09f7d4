import { describe, expect, it } from "vitest"
import * as fc from "fast-check"
import {
  neededFrom,
  publishedKeys,
  type RingPolicy,
  rotationOf,
  signingKeyOf,
  withKey,
  withoutKey
} from "../../src/keys/ring.ts"
import type { StoredKey } from "../../src/store.ts"

const HOUR = 3600
const DAY = 24 * HOUR
const policy: RingPolicy = { rotateAfter: 30 * DAY, publishAhead: HOUR, keepPublished: 900 }
const start = 1_800_000_000

const key = (kid: string, signsFrom: number, changes: Partial<StoredKey> = {}): StoredKey => ({
  kid,
  alg: "ES256",
  publicJwk: {},
  sealedPrivateKey: "",
  createdAt: signsFrom,
  signsFrom,
  ...changes
})

describe("a key ring", () => {
  it("needs a first key at once, and the next one only an hour before its time", () => {
    expect(neededFrom([], policy, start)).toBe(start)
    const first = withKey([], key("a", start), policy, start)
    expect(signingKeyOf(first, start)?.kid).toBe("a")
    expect(neededFrom(first, policy, start + 30 * DAY - HOUR - 1)).toBeUndefined()
    expect(neededFrom(first, policy, start + 30 * DAY - HOUR)).toBe(start + 30 * DAY)
  })

  it("that nobody looked after for months still publishes a key before it signs", () => {
    const old = withKey([], key("a", start), policy, start)
    const now = start + 200 * DAY
    expect(neededFrom(old, policy, now)).toBe(now + HOUR)
    const next = withKey(old, key("b", now + HOUR, { createdAt: now }), policy, now)
    expect(signingKeyOf(next, now + HOUR - 1)?.kid).toBe("a")
    expect(signingKeyOf(next, now + HOUR)?.kid).toBe("b")
    expect(neededFrom(next, policy, now + 1)).toBeUndefined()
  })

  it("keeps a key published until its last token is gone, and not longer", () => {
    const two = withKey(withKey([], key("a", start), policy, start), key("b", start + DAY), policy, start)
    const kids = (now: number) => publishedKeys(two, now).map(({ kid }) => kid)
    expect(kids(start)).toEqual(["a", "b"])
    expect(kids(start + DAY + 899)).toEqual(["a", "b"])
    expect(kids(start + DAY + 900)).toEqual(["b"])
    expect(withKey(two, key("c", start + 60 * DAY), policy, start + 50 * DAY).map(({ kid }) => kid)).toEqual(["b", "c"])
  })

  it("rotated by command publishes first: a new key signs an hour later, and a second command makes no third key", () => {
    const first = withKey([], key("a", start), policy, start)
    expect(rotationOf(first, policy, start + 60)).toEqual({ madeFrom: start + 60 + HOUR })
    const waiting = key("b", start + 30 * DAY, { createdAt: start + 100 })
    const two = withKey(first, waiting, policy, start + 100)
    const rotated = rotationOf(two, policy, start + 200)
    if (!("keys" in rotated)) throw new Error("a key waits")
    expect(signingKeyOf(rotated.keys, start + 100 + HOUR - 1)?.kid).toBe("a")
    expect(signingKeyOf(rotated.keys, start + 100 + HOUR)?.kid).toBe("b")
    expect(publishedKeys(rotated.keys, start + 100 + HOUR + 899)).toHaveLength(2)
    expect(publishedKeys(rotated.keys, start + 100 + HOUR + 900)).toHaveLength(1)
  })

  it("without a key that leaked needs another one at once where none can sign", () => {
    const two = withKey(withKey([], key("a", start), policy, start), key("b", start + DAY), policy, start)
    const left = withoutKey(two, "a", policy, start)
    expect(left.map(({ kid }) => kid)).toEqual(["b"])
    // The one that waited was published at least: it signs at once, and nothing ends it.
    expect(signingKeyOf(left, start)?.kid).toBe("b")
    expect(neededFrom(left, policy, start)).toBeUndefined()
    const alone = withKey([], key("a", start), policy, start)
    expect(neededFrom(withoutKey(alone, "a", policy, start), policy, start)).toBe(start)
  })

  it("whose next key is withdrawn goes on with the one that signs, for as long as it needs", () => {
    const one = withKey([], key("a", start), policy, start)
    const two = withKey(one, key("b", start + HOUR, { createdAt: start }), policy, start)
    const left = withoutKey(two, "b", policy, start + 60)
    expect(left).toEqual(one)
    expect(signingKeyOf(left, start + DAY)?.kid).toBe("a")
    // The old key signs again, although its time was over: until another one was published for long enough.
    const back = withoutKey(two, "b", policy, start + HOUR + 60)
    expect(signingKeyOf(back, start + HOUR + 60)?.kid).toBe("a")
    expect(publishedKeys(back, start + 2 * HOUR).map(({ kid }) => kid)).toEqual(["a"])
  })

  it("rotated by command keeps no key for longer than it would have been, and brings none back", () => {
    const two = withKey(withKey([], key("a", start), policy, start), key("b", start + HOUR), policy, start)
    const now = start + 20 * DAY
    // "a" left the published set long ago; it is in the ring as long as nobody added a key.
    const three = [...two, key("c", now + 10 * DAY, { createdAt: now })]
    const rotated = rotationOf(three, policy, now + 1)
    if (!("keys" in rotated)) throw new Error("a key waits")
    expect(publishedKeys(rotated.keys, now + 1).map(({ kid }) => kid)).toEqual(["b", "c"])
  })

  it("whose rotated key leaked goes on signing with the one before until the next one begins", () => {
    const first = withKey([], key("a", start), policy, start)
    const second = withKey(first, key("b", start + DAY, { createdAt: start }), policy, start)
    const third = withKey(second, key("c", start + DAY + HOUR, { createdAt: start + DAY }), policy, start + DAY)
    const left = withoutKey(third, "b", policy, start + DAY)
    const kid = (now: number) => signingKeyOf(left, now)?.kid
    expect([kid(start + DAY), kid(start + DAY + HOUR - 1), kid(start + DAY + HOUR)]).toEqual(["a", "a", "c"])
    expect(publishedKeys(left, start + DAY + HOUR + 899).map((one) => one.kid)).toEqual(["a", "c"])
    expect(publishedKeys(left, start + DAY + HOUR + 900).map((one) => one.kid)).toEqual(["c"])
  })

  it("[JWK-18] tended at any moments never signs with a key that was not published an hour before", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            after: fc.oneof(fc.integer({ min: 0, max: 2 * HOUR }), fc.integer({ min: 0, max: 40 * DAY })),
            what: fc.constantFrom("tend", "rotate", "withdraw")
          }),
          { maxLength: 60 }
        ),
        (steps) => {
          let now = start
          let keys: ReadonlyArray<StoredKey> = withKey([], key("k0", now), policy, now)
          const publishedAt = new Map([["k0", now - HOUR]])
          const signedAt = new Map<string, number>()
          for (const [index, { after, what }] of steps.entries()) {
            // Between two moments the key may change by time alone.
            for (const at of [now, now + Math.floor(after / 2), now + after]) {
              const signing = signingKeyOf(keys, at)
              if (signing === undefined) throw new Error("no key signs")
              signedAt.set(signing.kid, at)
              expect(at - (publishedAt.get(signing.kid) ?? Infinity)).toBeGreaterThanOrEqual(HOUR)
              const published = new Set(publishedKeys(keys, at).map(({ kid }) => kid))
              for (const [kid, last] of signedAt) {
                expect([kid, at - last < policy.keepPublished && !published.has(kid)]).toEqual([kid, false])
              }
            }
            now += after
            const command = what === "rotate"
            const signing = signingKeyOf(keys, now)
            if (what === "withdraw" && signing !== undefined) {
              keys = withoutKey(keys, signing.kid, policy, now)
              signedAt.delete(signing.kid)
              // After an emergency nothing can be published ahead: whatever signs is good enough.
              for (const one of keys) publishedAt.set(one.kid, Math.min(publishedAt.get(one.kid) ?? now, now - HOUR))
            }
            const isEmpty = keys.length === 0
            const made = (from: number) => {
              publishedAt.set(`k${index + 1}`, isEmpty ? now - HOUR : now)
              keys = withKey(keys, key(`k${index + 1}`, from, { createdAt: now }), policy, now)
            }
            const rotation = command ? rotationOf(keys, policy, now) : undefined
            if (rotation !== undefined && "keys" in rotation) keys = rotation.keys
            else {
              const from = rotation?.madeFrom ?? neededFrom(keys, policy, now)
              if (from !== undefined) made(from)
            }
          }
        }
      ),
      { numRuns: 1000 }
    )
  })
})
