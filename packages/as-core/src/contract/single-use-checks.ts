import * as Effect from "effect/Effect"
import { makeReport, tally } from "./report.ts"
import { atOnce, now, sampleToken } from "./samples.ts"
import type { SingleUse } from "./single-use.ts"
import type { StoreCheck } from "./store-check.ts"

/** What a code and a refresh token must do alike. */
export const singleUseChecks = ({ kind, put, use, find }: SingleUse): ReadonlyArray<StoreCheck> => [
  {
    name: `uses a ${kind} once and saves the refresh token that it bought`,
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const grant = yield* put(store, "a")
        const next = { tokenHash: "next", grantId: grant.grantId, now }
        report.same("before its use", yield* find(store, "a").pipe(Effect.map((found) => found?.used)), false)
        report.same("using it", yield* use(store, "a", next), "Used")
        const found = yield* find(store, "a")
        report.same("after its use", found && [found.used, found.ended], [true, false])
        report.same("what it bought", yield* store.findRefreshToken("next"), {
          value: sampleToken("next", grant.grantId),
          grant,
          used: false,
          ended: false
        })
        return report.violations
      })
  },
  {
    name: `ends the grant when a used ${kind} comes again, even after its expiry`,
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (const [name, later] of [
          ["soon", now],
          ["late", now + 7200]
        ] as const) {
          const grant = yield* put(store, name)
          const next = { tokenHash: `next-${name}`, grantId: grant.grantId, now }
          yield* use(store, name, next)
          const again = { tokenHash: `again-${name}`, grantId: grant.grantId, now: later }
          report.same(`a replay (${name})`, yield* use(store, name, again), "Replayed")
          report.same(`one more (${name})`, yield* use(store, name, again), "Replayed")
          const found = yield* find(store, name)
          report.same("used and ended", found && [found.used, found.ended], [true, true])
          report.same("what the replay would have bought", yield* store.findRefreshToken(`again-${name}`), undefined)
          const bought = yield* store.findRefreshToken(`next-${name}`)
          report.same("the grant of what was bought", bought?.ended, true)
          const refresh = { tokenHash: `next-${name}`, next: sampleToken(`third-${name}`, grant.grantId), now }
          report.same("refreshing with what was bought", yield* store.rotate(refresh), "Stale")
          report.same("what that bought", yield* store.findRefreshToken(`third-${name}`), undefined)
        }
        return report.violations
      })
  },
  {
    name: `uses no ${kind} that expired, whose grant expired or ended, or that does not exist`,
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const good = yield* put(store, "good", { expiresAt: now + 60 })
        const next = { tokenHash: "next", grantId: good.grantId, now }
        report.same("when it expires", yield* use(store, "good", { ...next, now: now + 60 }), "Expired")
        report.same("one that does not exist", yield* use(store, "nothing", next), "Stale")

        const shortGrant = yield* put(store, "short", { expiresAt: now + 3600, grantExpiresAt: now + 30 })
        const late = { tokenHash: "next", grantId: shortGrant.grantId, now: now + 30 }
        report.same("when its grant expires", yield* use(store, "short", late), "Stale")

        const endedGrant = yield* put(store, "ended")
        yield* store.endGrant(endedGrant.grantId, now)
        yield* store.endGrant(endedGrant.grantId, now)
        const ended = { tokenHash: "next", grantId: endedGrant.grantId, now }
        report.same("when its grant was ended", yield* use(store, "ended", ended), "Stale")
        const found = yield* find(store, "ended")
        report.same("the ended one", found && [found.used, found.ended], [false, true])

        report.same("what none of them bought", yield* store.findRefreshToken("next"), undefined)
        report.same("a second before it expires", yield* use(store, "good", { ...next, now: now + 59 }), "Used")
        return report.violations
      })
  },
  {
    name: `lets one of 64 uses of a ${kind} at once through and ends the grant for the others`,
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (let round = 0; round < 5; round++) {
          const grant = yield* put(store, `${round}`)
          const outcomes = yield* atOnce(64, (index) =>
            use(store, `${round}`, { tokenHash: `next-${round}-${index}`, grantId: grant.grantId, now })
          )
          report.same("64 uses at once", tally(outcomes), { Used: 1, Replayed: 63 })
          const bought = (yield* atOnce(64, (index) => store.findRefreshToken(`next-${round}-${index}`))).filter(
            (found) => found !== undefined
          )
          report.same(
            "refresh tokens bought, and whether their grant ended",
            bought.map(({ ended }) => ended),
            [true]
          )
        }
        return report.violations
      })
  },
  {
    name: `remembers a used ${kind} as long as its grant lives, and forgets it afterwards`,
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const grant = yield* put(store, "used", { expiresAt: now + 60 })
        const next = { tokenHash: "next", grantId: grant.grantId, now }
        yield* use(store, "used", next)
        yield* store.purge(grant.expiresAt - 1, 1000)
        report.same("after purging", (yield* find(store, "used"))?.used, true)
        report.same("a late replay", yield* use(store, "used", { ...next, now: grant.expiresAt - 1 }), "Replayed")
        while ((yield* store.purge(grant.expiresAt, 1000)) > 0);
        report.same("after the grant's end", yield* find(store, "used"), undefined)
        report.same("what it bought", yield* store.findRefreshToken("next"), undefined)
        return report.violations
      })
  }
]
