import * as Effect from "effect/Effect"
import { makeReport, tally } from "./report.ts"
import { atOnce, now, redeemSample, sampleRotation } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

export const rotationChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "puts the next refresh token in the place of the live one, bound as that was, and with its own expiry",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (const [name, jkt] of [
          ["bound", "thumbprint"],
          ["free", undefined]
        ] as const) {
          const { grant, token } = yield* redeemSample(store, name, { token: { jkt } })
          const rotation = sampleRotation(name, token.tokenHash, "next", { expiresAt: now + 7200 })
          report.same("rotating", yield* store.rotate(rotation), { _tag: "Rotated" })
          report.same("the live one", yield* store.findRefreshToken(token.chainHash), {
            value: { ...token, tokenHash: "next", expiresAt: now + 7200 },
            grant,
            ended: false
          })
        }
        return report.violations
      })
  },
  {
    name: "binds a refresh token that was free to the key that comes with its rotation, and keeps that",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { token } = yield* redeemSample(store, "a", { token: { jkt: undefined } })
        report.same("free", (yield* store.findRefreshToken("chain-a"))?.value.jkt, undefined)
        yield* store.rotate(sampleRotation("a", token.tokenHash, "second", { jkt: "thumbprint" }))
        report.same("bound", (yield* store.findRefreshToken("chain-a"))?.value.jkt, "thumbprint")
        yield* store.rotate(sampleRotation("a", "second", "third"))
        report.same("still bound", (yield* store.findRefreshToken("chain-a"))?.value.jkt, "thumbprint")
        return report.violations
      })
  },
  {
    name: "follows 50 rotations, and an early token that comes again ends the chain",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant, token } = yield* redeemSample(store, "a")
        let current = token.tokenHash
        for (let step = 0; step < 50; step++) {
          const change = sampleRotation("a", current, `step-${step}`, { now: now + step, until: now + step + 10 })
          report.same(`rotation ${step}`, yield* store.rotate(change), { _tag: "Rotated" })
          current = `step-${step}`
        }
        const early = sampleRotation("a", "step-47", "stolen", { now: now + 50 })
        report.same("an early token", yield* store.rotate(early), { _tag: "Replayed" })
        report.same("the grant", yield* store.findGrant(grant.grantId), { grant, ended: true })
        const last = sampleRotation("a", current, "last", { now: now + 50 })
        report.same("the last token afterwards", yield* store.rotate(last), { _tag: "Stale" })
        report.same("the early token once more", yield* store.rotate(early), { _tag: "Stale" })
        report.same("the live one", (yield* store.findRefreshToken("chain-a"))?.value.tokenHash, current)
        return report.violations
      })
  },
  {
    name: "ends the grant for a token that never was, under a name that is",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant } = yield* redeemSample(store, "a")
        const other = yield* redeemSample(store, "b")
        const stray = sampleRotation("a", other.token.tokenHash, "next")
        report.same("another chain's token", yield* store.rotate(stray), { _tag: "Replayed" })
        report.same("the grant", (yield* store.findGrant(grant.grantId))?.ended, true)
        report.same("the other one", (yield* store.findGrant(other.grant.grantId))?.ended, false)
        const unknown = sampleRotation("nothing", "token-a", "next")
        report.same("a name that is not", yield* store.rotate(unknown), { _tag: "Stale" })
        return report.violations
      })
  },
  {
    name: "rotates no refresh token that expired, or whose grant expired or ended",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* redeemSample(store, "good", { token: { expiresAt: now + 60 } })
        const expired = sampleRotation("good", "token-good", "next", { now: now + 60 })
        report.same("when it expires", yield* store.rotate(expired), { _tag: "Expired" })

        yield* redeemSample(store, "short", { grant: { expiresAt: now + 30 } })
        const late = sampleRotation("short", "token-short", "next", { now: now + 30 })
        report.same("when its grant expires", yield* store.rotate(late), { _tag: "Stale" })

        const ended = yield* redeemSample(store, "ended")
        yield* store.endGrant(ended.grant.grantId, now)
        const after = sampleRotation("ended", "token-ended", "next")
        report.same("when its grant was ended", yield* store.rotate(after), { _tag: "Stale" })

        for (const name of ["good", "short", "ended"]) {
          const found = yield* store.findRefreshToken(`chain-${name}`)
          report.same(`the live one (${name})`, found?.value.tokenHash, `token-${name}`)
        }
        const early = sampleRotation("good", "token-good", "next", { now: now + 59 })
        report.same("a second before it expires", yield* store.rotate(early), { _tag: "Rotated" })
        return report.violations
      })
  },
  {
    name: "lets no rotation through once ending the grant was answered",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (let round = 0; round < 10; round++) {
          const name = `${round}`
          const { grant, token } = yield* redeemSample(store, name)
          const chain = Effect.gen(function* () {
            let current = token.tokenHash
            for (let step = 0; step < 20; step++) {
              const { _tag } = yield* store.rotate(sampleRotation(name, current, `${round}-${step}`))
              if (_tag !== "Rotated") break
              current = `${round}-${step}`
            }
            return current
          })
          const [current] = yield* Effect.all([chain, store.endGrant(grant.grantId, now)], { concurrency: "unbounded" })
          const after = yield* store.rotate(sampleRotation(name, current, "after"))
          report.same("the live token afterwards", after, { _tag: "Stale" })
        }
        return report.violations
      })
  },
  {
    name: "keeps what different grants do at once apart",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* atOnce(16, (index) => redeemSample(store, `${index}`))
        // The even ones come twice, with another binding; the odd ones once, and their grant is left alone.
        const outcomes = yield* atOnce(24, (index) => {
          const name = index < 16 ? index : 2 * (index - 16)
          const binding = index < 16 ? "first" : "second"
          return store.rotate(sampleRotation(`${name}`, `token-${name}`, `next-${index}`, { binding }))
        })
        report.same("outcomes", tally(outcomes.map(({ _tag }) => _tag)), { Rotated: 16, Replayed: 8 })
        const ended = yield* atOnce(16, (index) =>
          store.findRefreshToken(`chain-${index}`).pipe(Effect.map((found) => found?.ended))
        )
        report.same(
          "which grants ended",
          ended,
          Array.from({ length: 16 }, (_, index) => index % 2 === 0)
        )
        return report.violations
      })
  }
]
