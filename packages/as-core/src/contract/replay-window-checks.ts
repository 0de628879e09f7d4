import * as Effect from "effect/Effect"
import { makeReport, tally } from "./report.ts"
import { atOnce, now, redeemSample, sampleRotation } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

const repeated = (to: string) => ({ _tag: "Repeated", sealed: `answer ${to}` })

export const replayWindowChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "gives one of 64 rotations at once the next refresh token, and all others that one's answer",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (let round = 0; round < 5; round++) {
          const name = `${round}`
          yield* redeemSample(store, name)
          const outcomes = yield* atOnce(64, (index) =>
            store.rotate(sampleRotation(name, `token-${name}`, `${round}-${index}`))
          )
          report.same("64 rotations at once", tally(outcomes.map(({ _tag }) => _tag)), { Rotated: 1, Repeated: 63 })
          const winner = `${round}-${outcomes.findIndex(({ _tag }) => _tag === "Rotated")}`
          const answers = outcomes.flatMap((outcome) => (outcome._tag === "Repeated" ? [outcome.sealed] : []))
          report.same("the answers of the others", [...new Set(answers)], [`answer ${winner}`])
          const found = yield* store.findRefreshToken(`chain-${name}`)
          report.same("the live one", found && [found.value.tokenHash, found.ended], [winner, false])
        }
        return report.violations
      })
  },
  {
    name: "gives one of 64 rotations at once the next refresh token where there is no window, and ends the grant",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant } = yield* redeemSample(store, "a")
        const outcomes = yield* atOnce(64, (index) =>
          store.rotate(sampleRotation("a", "token-a", `next-${index}`, { until: now }))
        )
        const { Rotated, Replayed, Stale = 0 } = tally(outcomes.map(({ _tag }) => _tag))
        report.same("64 rotations at once", [Rotated, Replayed, Stale], [1, 1, 62])
        report.same("the grant", (yield* store.findGrant(grant.grantId))?.ended, true)
        return report.violations
      })
  },
  {
    name: "repeats an answer until the second in which its window ends, and ends the grant from then on",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (const [name, end] of [
          ["soon", 10],
          ["late", 1000]
        ] as const) {
          const { grant } = yield* redeemSample(store, name)
          const rotate = (at: number) =>
            store.rotate(sampleRotation(name, `token-${name}`, `next-${at}`, { now: now + at, until: now + at + 10 }))
          report.same("the first time", yield* rotate(0), { _tag: "Rotated" })
          report.same("at once", yield* rotate(0), repeated("next-0"))
          report.same("in the last second", yield* rotate(9), repeated("next-0"))
          report.same(`which does not make it longer (${name})`, yield* rotate(end), { _tag: "Replayed" })
          report.same("the grant", (yield* store.findGrant(grant.grantId))?.ended, true)
          report.same("once more", yield* rotate(0), { _tag: "Stale" })
        }
        return report.violations
      })
  },
  {
    name: "repeats an answer to no request that differs from the first, and ends the grant",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant } = yield* redeemSample(store, "a")
        yield* store.rotate(sampleRotation("a", "token-a", "next"))
        const other = sampleRotation("a", "token-a", "stolen", { binding: "another" })
        report.same("another binding", yield* store.rotate(other), { _tag: "Replayed" })
        report.same("the grant", (yield* store.findGrant(grant.grantId))?.ended, true)
        report.same("the same binding afterwards", yield* store.rotate(sampleRotation("a", "token-a", "x")), {
          _tag: "Stale"
        })
        return report.violations
      })
  },
  {
    name: "repeats no answer once the successor was used, and ends the grant",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant } = yield* redeemSample(store, "a")
        yield* store.rotate(sampleRotation("a", "token-a", "second"))
        report.same("the successor", yield* store.rotate(sampleRotation("a", "second", "third")), { _tag: "Rotated" })
        report.same("the successor again", yield* store.rotate(sampleRotation("a", "second", "x")), repeated("third"))
        report.same("the first one", yield* store.rotate(sampleRotation("a", "token-a", "x")), { _tag: "Replayed" })
        report.same("the grant", (yield* store.findGrant(grant.grantId))?.ended, true)
        return report.violations
      })
  },
  {
    name: "forgets an answer after its window, and what was answered is an old token then as before",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (const name of ["a", "b", "c"]) {
          yield* redeemSample(store, name)
          yield* store.rotate(sampleRotation(name, `token-${name}`, `next-${name}`))
        }
        report.same("purging before it ends", yield* store.purge(now + 9, 1000), 0)
        report.same("in the window", yield* store.rotate(sampleRotation("a", "token-a", "x")), repeated("next-a"))
        report.same("purging two of three", yield* store.purge(now + 10, 2), 2)
        report.same("purging the other one", yield* store.purge(now + 10, 2), 1)
        report.same("purging once more", yield* store.purge(now + 10, 2), 0)
        // A clock that was set back does not bring it back.
        report.same("the old one", yield* store.rotate(sampleRotation("a", "token-a", "x")), { _tag: "Replayed" })
        const live = sampleRotation("b", "next-b", "third", { now: now + 10 })
        report.same("the live one of another", yield* store.rotate(live), { _tag: "Rotated" })
        return report.violations
      })
  }
]
