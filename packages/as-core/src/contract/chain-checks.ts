import * as Effect from "effect/Effect"
import { makeReport, tally } from "./report.ts"
import { approveSample, atOnce, now, redeemSample, sampleToken } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

export const chainChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "redeems a code for no refresh token where none was asked for",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { code } = yield* approveSample(store, "a")
        report.same("redeeming", yield* store.redeem({ codeHash: code.codeHash, now }), "Used")
        report.same("redeeming again", yield* store.redeem({ codeHash: code.codeHash, now }), "Replayed")
        return report.violations
      })
  },
  {
    name: "finds codes and refresh tokens with their grant, and nothing under an unknown hash",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant, code, token } = yield* redeemSample(store, "a")
        report.same("the code", yield* store.findCode(code.codeHash), { value: code, grant, used: true, ended: false })
        report.same("the refresh token", yield* store.findRefreshToken(token.tokenHash), {
          value: token,
          grant,
          used: false,
          ended: false
        })
        report.same("an unknown code", yield* store.findCode(token.tokenHash), undefined)
        report.same("an unknown refresh token", yield* store.findRefreshToken(code.codeHash), undefined)
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
          const next = `chain-${step}`
          const change = { tokenHash: current, next: sampleToken(next, grant.grantId), now: now + step }
          report.same(`rotation ${step}`, yield* store.rotate(change), "Used")
          current = next
        }
        const early = { tokenHash: "chain-10", next: sampleToken("stolen", grant.grantId), now: now + 50 }
        report.same("an early token", yield* store.rotate(early), "Replayed")
        const last = { tokenHash: current, next: sampleToken("last", grant.grantId), now: now + 50 }
        report.same("the last token afterwards", yield* store.rotate(last), "Stale")
        return report.violations
      })
  },
  {
    name: "lets no rotation through once ending the grant was answered",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (let round = 0; round < 10; round++) {
          const { grant, token } = yield* redeemSample(store, `${round}`)
          const rotate = (from: string, to: string) =>
            store.rotate({ tokenHash: from, next: sampleToken(to, grant.grantId), now })
          const chain = Effect.gen(function* () {
            let current = token.tokenHash
            for (let step = 0; step < 20; step++) {
              const next = `${round}-${step}`
              if ((yield* rotate(current, next)) !== "Used") break
              current = next
            }
            return current
          })
          const [current] = yield* Effect.all([chain, store.endGrant(grant.grantId, now)], { concurrency: "unbounded" })
          report.same("the live token afterwards", yield* rotate(current, `${round}-after`), "Stale")
        }
        return report.violations
      })
  },
  {
    name: "keeps what different grants do at once apart",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const samples = yield* atOnce(16, (index) => redeemSample(store, `${index}`))
        const outcomes = yield* atOnce(32, (index) => {
          const sample = samples[index % 16]
          if (sample === undefined) return Effect.succeed("Used" as const)
          // The even ones are used twice, the odd ones once and their grant is left alone.
          const { tokenHash, grantId } = sample.token
          return index >= 16 && index % 2 === 1
            ? store.check.pipe(Effect.as("Used" as const))
            : store.rotate({ tokenHash, next: sampleToken(`next-${index}`, grantId), now })
        })
        report.same("outcomes", tally(outcomes), { Used: 24, Replayed: 8 })
        const ended = yield* atOnce(16, (index) =>
          store.findRefreshToken(`token-${index}`).pipe(Effect.map((found) => found?.ended))
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
