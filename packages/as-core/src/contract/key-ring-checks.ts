import * as Effect from "effect/Effect"
import type { StoredKey } from "../store.ts"
import { makeReport, tally } from "./report.ts"
import { atOnce, now } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

const key = (kid: string, changes: Partial<StoredKey> = {}): StoredKey => ({
  kid,
  alg: "ES256",
  publicJwk: { kty: "EC", crv: "P-256", x: "x", y: "y" },
  sealedPrivateKey: `sealed ${kid}`,
  createdAt: now,
  signsFrom: now + 60,
  ...changes
})

export const keyRingChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "finds the key ring as it was saved last, and none before",
    run: ({ store, reopen }) =>
      Effect.gen(function* () {
        const report = makeReport()
        report.same("before", yield* store.findKeyRing, undefined)
        const first = [key("a")]
        report.same("saving", yield* store.saveKeyRing({ expected: 0, keys: first }), "Saved")
        report.same("the first", yield* store.findKeyRing, { version: 1, keys: first })
        const rsa = { kty: "RSA", n: "n", e: "AQAB" }
        const second = [
          key("a", { publishedUntil: now + 3600 }),
          key("b", { alg: "RS256", publicJwk: rsa, signsFrom: now + 120 }),
          key("c", { alg: "EdDSA", publicJwk: { kty: "OKP", crv: "Ed25519", x: "x" } })
        ]
        report.same("saving the next", yield* store.saveKeyRing({ expected: 1, keys: second }), "Saved")
        report.same("the next", yield* store.findKeyRing, { version: 2, keys: second })
        if (reopen === undefined) return report.violations
        const again = yield* Effect.promise(reopen)
        report.same("opened again", yield* again.findKeyRing, { version: 2, keys: second })
        return report.violations
      })
  },
  {
    name: "saves no ring over one that its maker did not see, and one of 64 at once",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        report.same("where there is none", yield* store.saveKeyRing({ expected: 1, keys: [key("x")] }), "Stale")
        report.same("what that left", yield* store.findKeyRing, undefined)
        for (const expected of [0, 1, 2]) {
          const outcomes = yield* atOnce(64, (index) =>
            store.saveKeyRing({ expected, keys: [key(`${expected}-${index}`)] })
          )
          report.same("64 at once", tally(outcomes), { Saved: 1, Stale: 63 })
          const ring = yield* store.findKeyRing
          report.same("whose ring it is", ring && [ring.version, ring.keys.map(({ kid }) => kid)], [
            expected + 1,
            [`${expected}-${outcomes.indexOf("Saved")}`]
          ])
        }
        for (const expected of [0, 2, 4]) {
          report.same(`over ${expected}`, yield* store.saveKeyRing({ expected, keys: [] }), "Stale")
        }
        report.same("its version", (yield* store.findKeyRing)?.version, 3)
        return report.violations
      })
  }
]
