import { makeProofMemory, type ProofMemory } from "@postern/dpop"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { exportJWK, generateKeyPair } from "jose"
import { describe, expect, it } from "vitest"
import { growth } from "../../../tests/growth.ts"
import { atNow, claims, header, make, NOW, prove, request, setTime, sign } from "./fixture.ts"

/** What each of the ids gives, one after another; each is of a key of its own. */
const rememberAll = (memory: ProofMemory, ...entries: ReadonlyArray<readonly [id: string, expiresAt: number]>) =>
  Effect.forEach(entries, ([id, expiresAt]) => memory.remember(id, expiresAt, id))

const counted = (outcomes: ReadonlyArray<string>) =>
  Object.fromEntries(["new", "seen", "full"].map((name) => [name, outcomes.filter((each) => each === name).length]))

describe("a proof that comes again", () => {
  it("is refused, as long as its iat would be accepted", async () => {
    const proof = await prove({ iat: NOW + 200 })
    await atNow(
      Effect.gen(function* () {
        const { verify } = make()
        yield* verify(request(proof))
        for (const seconds of [0, 1, 300, 499, 500]) {
          yield* setTime(NOW + seconds)
          expect(yield* Effect.flip(verify(request(proof)))).toMatchObject({
            _tag: "ProofReplayed",
            kind: "rejection",
            spec: "RFC 9449 section 11.1",
            message: "the DPoP proof was used before"
          })
        }
        yield* setTime(NOW + 500.001)
        expect(yield* Effect.flip(verify(request(proof)))).toMatchObject({ reason: "time" })
      })
    )
  })

  it("is refused under a new signature, another time and another method", async () => {
    await atNow(
      Effect.gen(function* () {
        const { verify } = make()
        yield* verify(request(yield* Effect.promise(() => prove())))
        for (const changes of [{}, { iat: NOW - 1 }, { extra: 1 }]) {
          const again = yield* Effect.promise(() => prove(changes))
          expect((yield* Effect.flip(verify(request(again))))._tag).toBe("ProofReplayed")
        }
        const get = yield* Effect.promise(() => prove({ htm: "GET" }))
        expect((yield* Effect.flip(verify(request(get, { method: "GET" }))))._tag).toBe("ProofReplayed")
      })
    )
  })

  it("is another proof with another key or another jti", async () => {
    const pair = await generateKeyPair("ES256", { extractable: true })
    const ofOther = await sign({ ...header, jwk: await exportJWK(pair.publicKey) }, claims, pair.privateKey)
    const { verify } = make()
    await atNow(verify(request(await prove())))
    await atNow(verify(request(ofOther)))
    for (const jti of ["J1", "j1.", "j2", "j1\u00a0", "a".repeat(64), "a".repeat(65), "\u{1f511}"]) {
      expect((await atNow(verify(request(await prove({ jti }))))).id).toBe(jti)
    }
  })

  it("is found whatever its jti is made of", async () => {
    for (const jti of [
      "j1",
      "~",
      "a b",
      "\u00e9".repeat(256),
      "\u{1f511}",
      "__proto__",
      "a".repeat(64),
      "a".repeat(65)
    ]) {
      const proof = await prove({ jti })
      const { verify } = make()
      await atNow(verify(request(proof)))
      await expect(atNow(verify(request(proof)))).rejects.toMatchObject({ _tag: "ProofReplayed" })
    }
  })

  it("is new for one of 64 callers that come at the same time", async () => {
    const proof = await prove()
    const { verify } = make()
    const tags = await Promise.all(
      Array.from({ length: 64 }, () =>
        atNow(Effect.match(verify(request(proof)), { onSuccess: () => "new", onFailure: (error) => error._tag }))
      )
    )
    expect(tags.filter((tag) => tag === "new")).toHaveLength(1)
    expect(tags.filter((tag) => tag === "ProofReplayed")).toHaveLength(63)
  })

  it("is not remembered when it was refused", async () => {
    const { verify } = make()
    const forged = await sign(header, claims, (await generateKeyPair("ES256")).privateKey)
    await expect(atNow(verify(request(forged)))).rejects.toMatchObject({ reason: "signature" })
    await expect(atNow(verify(request(await prove(), { url: "https://a.example/" })))).rejects.toMatchObject({
      reason: "url"
    })
    await expect(atNow(verify(request(await prove(), { thumbprint: "x" })))).rejects.toMatchObject({
      reason: "thumbprint"
    })
    expect((await atNow(verify(request(await prove())))).id).toBe("j1")
  })
})

describe("a key that floods", () => {
  it("[DOS-05] is refused itself, with valid proofs as well, and nobody else is", async () => {
    const { verify } = make({ memory: makeProofMemory({ maximumEntries: 50 }) })
    const other = await generateKeyPair("ES256", { extractable: true })
    const otherHeader = { ...header, jwk: await exportJWK(other.publicKey) }
    const outcome = (proof: string) =>
      Effect.match(verify(request(proof)), { onSuccess: () => "accepted", onFailure: ({ _tag }) => _tag })
    const flood = await Promise.all(Array.from({ length: 60 }, (_, each) => prove({ jti: `f${each}` })))
    const ofOther = await Promise.all(
      ["1", "2", "3", "4", "5"].map((jti) => sign(otherHeader, { ...claims, jti }, other.privateKey))
    )
    const fresh = await prove({ jti: "later", iat: NOW + 361 })
    await atNow(
      Effect.gen(function* () {
        const outcomes = yield* Effect.forEach(flood, outcome)
        expect(outcomes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => "accepted"))
        expect(new Set(outcomes.slice(10))).toEqual(new Set(["ProofMemoryFull"]))
        expect(new Set(yield* Effect.forEach(ofOther, outcome))).toEqual(new Set(["accepted"]))
        // Who floods cannot make room for a replay of its own.
        expect(yield* outcome(flood[0] ?? "")).toBe("ProofReplayed")
        yield* setTime(NOW + 361)
        expect(yield* outcome(fresh)).toBe("accepted")
      })
    )
  })
})

describe("a memory of the caller", () => {
  it("gets a short id without odd characters and a time a minute after that at which the proof is too old", async () => {
    const calls: Array<readonly [string, number, string]> = []
    const memory: ProofMemory = {
      remember: (...call) => Effect.sync(() => (calls.push(call), "new"))
    }
    const { verify } = make({ memory, toleranceSeconds: 60 })
    const { thumbprint } = await atNow(verify(request(await prove({ iat: NOW - 7 }))))
    await atNow(verify(request(await prove({ iat: NOW + 1.5, jti: "a b\u{1f511}" }))))
    expect(calls).toEqual([
      [`${thumbprint}.j1`, NOW + 113, thumbprint],
      [expect.stringMatching(/^[A-Za-z0-9_-]{43}~[A-Za-z0-9_-]{43}$/), NOW + 122, thumbprint]
    ])
  })

  it("is not asked about a proof that is refused", async () => {
    const memory: ProofMemory = { remember: () => Effect.die("asked") }
    await expect(atNow(make({ memory }).verify(request(await prove({ htm: "GET" }))))).rejects.toMatchObject({
      reason: "method"
    })
  })

  it("refuses what it cannot remember or answer", async () => {
    const proof = request(await prove())
    const full = make({ memory: { remember: () => Effect.succeed("full") } })
    expect(await atNow(Effect.flip(full.verify(proof)))).toMatchObject({
      _tag: "ProofMemoryFull",
      kind: "rejection",
      spec: "RFC 9449 section 11.1",
      message: "too many DPoP proofs came in a short time"
    })
    const cause = new Error("connection refused")
    const down = make({ memory: { remember: () => Effect.fail(cause) } })
    const failure = await atNow(Effect.flip(down.verify(proof)))
    expect(failure).toMatchObject({ _tag: "ProofMemoryUnavailable", kind: "failure", cause })
    expect(failure.message).toBe("whether a DPoP proof was used before could not be found out")
  })
})

describe("makeProofMemory", () => {
  it("[DOS-05] holds 100,000 of a million ids, refuses the others and forgets none that has not expired", async () => {
    const memory = makeProofMemory()
    const outcomes: Array<string> = []
    await atNow(
      Effect.gen(function* () {
        for (let each = 0; each < 1_000_000; each++)
          outcomes.push(yield* memory.remember(`id-${each}`, NOW + 3600, `k-${each}`))
      })
    )
    expect(counted(outcomes)).toEqual({ new: 100_000, seen: 0, full: 900_000 })
    expect(outcomes.lastIndexOf("new")).toBe(99_999)
    await atNow(
      Effect.gen(function* () {
        yield* setTime(NOW + 3599)
        expect(yield* memory.remember("id-0", NOW + 3600, "k")).toBe("seen")
        expect(yield* memory.remember("id-99999", NOW + 3600, "k")).toBe("seen")
        expect(yield* memory.remember("id-100000", NOW + 3600, "k")).toBe("full")
        yield* setTime(NOW + 3600)
        expect(yield* memory.remember("id-100000", NOW + 7200, "k")).toBe("new")
      })
    )
  }, 60_000)

  it("gives one key that floods a fifth of all places, and the others theirs", async () => {
    const memory = makeProofMemory()
    await atNow(
      Effect.gen(function* () {
        const flood: Array<string> = []
        for (let each = 0; each < 200_000; each++) flood.push(yield* memory.remember(`a.${each}`, NOW + 360, "a"))
        expect(counted(flood)).toEqual({ new: 20_000, seen: 0, full: 180_000 })
        for (let client = 0; client < 1000; client++) {
          for (let each = 0; each < 10; each++) {
            expect(yield* memory.remember(`b${client}.${each}`, NOW + 360, `b${client}`)).toBe("new")
          }
        }
        // What it used stays used.
        expect(yield* memory.remember("a.0", NOW + 360, "a")).toBe("seen")
        expect(yield* memory.remember("a.20000", NOW + 360, "a")).toBe("full")
        yield* setTime(NOW + 360)
        expect(yield* memory.remember("a.20000", NOW + 720, "a")).toBe("new")
      })
    )
  })

  it("gives a key its whole share again when its proofs have expired", async () => {
    const memory = makeProofMemory({ maximumEntries: 50 })
    await atNow(
      Effect.gen(function* () {
        for (let round = 0; round < 3; round++) {
          yield* setTime(NOW + 10 * round)
          const outcomes: Array<string> = []
          for (let each = 0; each < 15; each++) {
            outcomes.push(yield* memory.remember(`${round}.${each}`, NOW + 10 * round + 10, "a"))
          }
          expect(counted(outcomes)).toEqual({ new: 10, seen: 0, full: 5 })
        }
      })
    )
  })

  it("keeps places for who comes, however many keys flood", async () => {
    const memory = makeProofMemory({ maximumEntries: 10_000 })
    await atNow(
      Effect.gen(function* () {
        for (let each = 0; each < 1000; each++) {
          for (let key = 0; key < 96; key++) yield* memory.remember(`${key}.${each}`, NOW + 360, `${key}`)
        }
        const late: Array<string> = []
        for (let each = 0; each < 1000; each++) late.push(yield* memory.remember(`late.${each}`, NOW + 360, "late"))
        // One part in a hundred for each of the 96, four parts left; of these it gets a fifth like one that is alone.
        expect(counted(late)).toEqual({ new: 80, seen: 0, full: 920 })
      })
    )
  })

  it("takes a new id in the place of one that expired, whatever the order in which they came", async () => {
    const memory = makeProofMemory({ maximumEntries: 3 })
    await atNow(
      Effect.gen(function* () {
        expect(yield* rememberAll(memory, ["a", NOW + 30], ["b", NOW + 10], ["c", NOW + 20], ["d", NOW + 40])).toEqual([
          "new",
          "new",
          "new",
          "full"
        ])
        yield* TestClock.adjust("10 seconds")
        expect(yield* rememberAll(memory, ["a", NOW + 30], ["d", NOW + 40], ["e", NOW + 40])).toEqual([
          "seen",
          "new",
          "full"
        ])
        yield* TestClock.adjust("10 seconds")
        expect(yield* rememberAll(memory, ["e", NOW + 40], ["c", NOW + 40])).toEqual(["new", "full"])
      })
    )
  })

  it("gives back its place after a burst, without a request that pays for all of it", async () => {
    const memory = makeProofMemory({ maximumEntries: 1000 })
    await atNow(
      Effect.gen(function* () {
        const burst = Array.from({ length: 1000 }, (_, each) => [`a${each}`, NOW + 10] as const)
        expect(counted(yield* rememberAll(memory, ...burst))).toEqual({ new: 1000, seen: 0, full: 0 })
        yield* TestClock.adjust("1 minute")
        const next = Array.from({ length: 1001 }, (_, each) => [`b${each}`, NOW + 100] as const)
        expect(counted(yield* rememberAll(memory, ...next))).toEqual({ new: 1000, seen: 0, full: 1 })
      })
    )
  })

  it("agrees with a list that is searched from end to end", () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 12 }).map(String),
      life: fc.integer({ min: 1, max: 40 }),
      wait: fc.integer({ min: 0, max: 15 })
    })
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        // Few enough ids to never be full: an id may stay remembered a little longer, never shorter.
        const memory = makeProofMemory({ maximumEntries: 13 })
        const held = new Map<string, number>()
        await atNow(
          Effect.gen(function* () {
            let now = NOW
            for (const { id, life, wait } of steps) {
              now += wait
              yield* setTime(now)
              const outcome = yield* memory.remember(id, now + life, id)
              expect(outcome).not.toBe("full")
              if ((held.get(id) ?? 0) > now) expect(outcome).toBe("seen")
              if (!held.has(id)) expect(outcome).toBe("new")
              if (outcome === "new") held.set(id, now + life)
            }
          })
        )
      }),
      { numRuns: 200 }
    )
  })

  it("costs the same for the hundred-thousandth id as for the first", async () => {
    const fill = (ids: ReadonlyArray<string>) => {
      const memory = makeProofMemory()
      for (const id of ids) Effect.runSync(memory.remember(id, Date.now() / 1000 + 300, id))
    }
    expect(await growth(1500, (size) => Array.from({ length: size }, (_, each) => `id-${each}`), fill)).toBeLessThan(12)
  })

  it("throws for options that are wrong or not known", () => {
    for (const maximumEntries of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 10_000_001]) {
      expect(() => makeProofMemory({ maximumEntries })).toThrow(
        expect.objectContaining({ _tag: "ConfigurationInvalid", key: "maximumEntries" })
      )
    }
    const unknown = { maximumEntires: 5 }
    expect(() => makeProofMemory(unknown as {})).toThrow(
      expect.objectContaining({
        _tag: "ConfigurationInvalid",
        key: "maximumEntires",
        reason: "there is no such option"
      })
    )
  })
})
