import * as Effect from "effect/Effect"
import { makeReport } from "./report.ts"
import { approveSample, atOnce, now, redeemSample, sampleRotation } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

export const grantChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "finds a grant, an ended or expired one too, and ends no other than it is told",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant } = yield* approveSample(store, "a")
        const other = yield* approveSample(store, "b", { grant: { expiresAt: now - 1 } })
        report.same("a grant", yield* store.findGrant("grant-a"), { grant, ended: false })
        report.same("an expired one", yield* store.findGrant("grant-b"), { grant: other.grant, ended: false })
        report.same("one that is not", yield* store.findGrant("code-a"), undefined)
        yield* store.endGrant("code-a", now)
        report.same("after ending one that is not", (yield* store.findGrant("grant-a"))?.ended, false)
        yield* store.endGrant("grant-a", now)
        report.same("after ending it", yield* store.findGrant("grant-a"), { grant, ended: true })
        yield* store.endGrant("grant-a", now + 1)
        report.same("after ending it again", yield* store.findGrant("grant-a"), { grant, ended: true })
        report.same("the other one", yield* store.findGrant("grant-b"), { grant: other.grant, ended: false })
        return report.violations
      })
  },
  {
    name: "keeps a grant and what hangs on it while 64 others do their whole flow at once",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const kept = yield* redeemSample(store, "kept")
        const outcomes = yield* atOnce(64, (index) =>
          Effect.gen(function* () {
            const name = `${index}`
            yield* redeemSample(store, name)
            const { _tag } = yield* store.rotate(sampleRotation(name, `token-${name}`, `next-${name}`))
            if (index % 2 === 0) yield* store.endGrant(`grant-${name}`, now)
            const found = yield* store.findRefreshToken(`chain-${name}`)
            return JSON.stringify([_tag, found?.value.tokenHash, found?.ended])
          })
        )
        report.same(
          "the flows",
          outcomes,
          outcomes.map((_, index) => JSON.stringify(["Rotated", `next-${index}`, index % 2 === 0]))
        )
        const { grant, token } = kept
        report.same("the one", yield* store.findRefreshToken("chain-kept"), { value: token, grant, ended: false })
        return report.violations
      })
  }
]
