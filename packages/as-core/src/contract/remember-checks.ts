import * as Effect from "effect/Effect"
import { makeReport, tally } from "./report.ts"
import { atOnce, now } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

const id = (idHash: string, expiresAt = now + 60) => ({ idHash, expiresAt })

export const rememberChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "remembers an identifier until the second in which it expires, and takes it for new from then on",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        report.same("before", yield* store.isRemembered("a", now), false)
        report.same("the first time", yield* store.remember(id("a"), now), "Remembered")
        report.same("the second time", yield* store.remember(id("a"), now), "Replayed")
        report.same("with a later expiry", yield* store.remember(id("a", now + 600), now + 59), "Replayed")
        report.same("asking", yield* store.isRemembered("a", now + 59), true)
        report.same("asking when it has expired", yield* store.isRemembered("a", now + 60), false)
        report.same("asking after that", yield* store.isRemembered("a", now + 600), false)
        report.same("asking for another one", yield* store.isRemembered("b", now), false)
        report.same("another one", yield* store.remember(id("b"), now), "Remembered")
        report.same("when it has expired", yield* store.remember(id("a", now + 120), now + 60), "Remembered")
        report.same("until its new expiry", yield* store.remember(id("a", now + 180), now + 119), "Replayed")
        return report.violations
      })
  },
  {
    name: "tells one of 64 who bring an identifier at once that it is new, also one that expired",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (const [round, time] of [now, now, now + 60, now + 120].entries()) {
          // The first and the second of these rounds are about two identifiers, the later ones about the first again.
          const idHash = round === 1 ? "second" : "first"
          const outcomes = yield* atOnce(64, () => store.remember(id(idHash, time + 60), time))
          report.same(`64 at once, round ${round}`, tally(outcomes), { Remembered: 1, Replayed: 63 })
        }
        return report.violations
      })
  },
  {
    name: "purges identifiers that expired, at most as many as told, and keeps the others",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (let index = 0; index < 5; index++) yield* store.remember(id(`short-${index}`, now + 10), now)
        yield* store.remember(id("long"), now)
        report.same("before any expired", yield* store.purge(now + 9, 1000), 0)
        report.same("two of them", yield* store.purge(now + 10, 2), 2)
        report.same("the other three", yield* store.purge(now + 10, 1000), 3)
        report.same("one that did not expire", yield* store.remember(id("long"), now + 10), "Replayed")
        return report.violations
      })
  },
  {
    name: "remembers identifiers when it is closed and opened again",
    run: ({ store, reopen }) =>
      Effect.gen(function* () {
        const report = makeReport()
        if (reopen === undefined) return report.violations
        yield* store.remember(id("a"), now)
        const again = yield* Effect.promise(reopen)
        report.same("asking", yield* again.isRemembered("a", now), true)
        report.same("the same one", yield* again.remember(id("a"), now), "Replayed")
        return report.violations
      })
  }
]
