import * as Effect from "effect/Effect"
import { makeReport, tally } from "./report.ts"
import { approveSample, atOnce, now, redeemSample, sampleRotation, sampleToken } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

export const codeChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "redeems a code once, and saves the refresh token that it bought",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant, code } = yield* approveSample(store, "a")
        const found = { value: code, grant, ended: false }
        report.same("before", yield* store.findCode("code-a"), { ...found, used: false })
        const token = sampleToken("a", grant.grantId)
        report.same("redeeming", yield* store.redeem({ codeHash: "code-a", refreshToken: token, now }), "Redeemed")
        report.same("after", yield* store.findCode("code-a"), { ...found, used: true })
        report.same("what it bought", yield* store.findRefreshToken("chain-a"), { value: token, grant, ended: false })
        report.same("an unknown code", yield* store.findCode("token-a"), undefined)
        report.same("an unknown refresh token", yield* store.findRefreshToken("token-a"), undefined)
        return report.violations
      })
  },
  {
    name: "redeems a code for no refresh token where none was asked for",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* approveSample(store, "a")
        report.same("redeeming", yield* store.redeem({ codeHash: "code-a", now }), "Redeemed")
        report.same("redeeming again", yield* store.redeem({ codeHash: "code-a", now }), "Replayed")
        return report.violations
      })
  },
  {
    name: "ends the grant when a used code comes again, even after its expiry",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (const [name, later] of [
          ["soon", now],
          ["late", now + 7200]
        ] as const) {
          const { grant } = yield* redeemSample(store, name)
          const change = {
            codeHash: `code-${name}`,
            refreshToken: sampleToken(`again-${name}`, grant.grantId),
            now: later
          }
          report.same(`a replay (${name})`, yield* store.redeem(change), "Replayed")
          report.same(`one more (${name})`, yield* store.redeem(change), "Replayed")
          const code = yield* store.findCode(`code-${name}`)
          report.same("used and ended", code && [code.used, code.ended], [true, true])
          report.same("the grant", yield* store.findGrant(grant.grantId), { grant, ended: true })
          report.same(
            "what the replay would have bought",
            yield* store.findRefreshToken(`chain-again-${name}`),
            undefined
          )
          report.same("what the first use bought", (yield* store.findRefreshToken(`chain-${name}`))?.ended, true)
          const rotation = sampleRotation(name, `token-${name}`, "next")
          report.same("refreshing with that", yield* store.rotate(rotation), { _tag: "Stale" })
        }
        return report.violations
      })
  },
  {
    name: "redeems no code that expired, whose grant expired or ended, or that does not exist",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const good = yield* approveSample(store, "good")
        const redeem = (name: string, grantId: string, at: number) =>
          store.redeem({ codeHash: `code-${name}`, refreshToken: sampleToken("x", grantId), now: at })
        report.same("when it expires", yield* redeem("good", good.grant.grantId, now + 60), "Expired")
        report.same("one that does not exist", yield* redeem("nothing", good.grant.grantId, now), "Stale")

        const short = yield* approveSample(store, "short", { grant: { expiresAt: now + 30 } })
        report.same("when its grant expires", yield* redeem("short", short.grant.grantId, now + 30), "Stale")

        const ended = yield* approveSample(store, "ended")
        yield* store.endGrant(ended.grant.grantId, now)
        yield* store.endGrant(ended.grant.grantId, now)
        report.same("when its grant was ended", yield* redeem("ended", ended.grant.grantId, now), "Stale")
        const found = yield* store.findCode("code-ended")
        report.same("the ended one", found && [found.used, found.ended], [false, true])

        report.same("what none of them bought", yield* store.findRefreshToken("chain-x"), undefined)
        report.same("a second before it expires", yield* redeem("good", good.grant.grantId, now + 59), "Redeemed")
        return report.violations
      })
  },
  {
    name: "lets one of 64 redemptions of a code at once through and ends the grant for the others",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (let round = 0; round < 5; round++) {
          const { grant } = yield* approveSample(store, `${round}`)
          const outcomes = yield* atOnce(64, (index) =>
            store.redeem({
              codeHash: `code-${round}`,
              refreshToken: sampleToken(`${round}-${index}`, grant.grantId),
              now
            })
          )
          report.same("64 redemptions at once", tally(outcomes), { Redeemed: 1, Replayed: 63 })
          const bought = yield* atOnce(64, (index) => store.findRefreshToken(`chain-${round}-${index}`))
          report.same(
            "refresh tokens bought, and whether their grant ended",
            bought.flatMap((found) => (found === undefined ? [] : [found.ended])),
            [true]
          )
        }
        return report.violations
      })
  },
  {
    name: "remembers a used code as long as its grant lives, and forgets it afterwards",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant } = yield* redeemSample(store, "used", { token: { expiresAt: now + 86_400 } })
        yield* store.purge(grant.expiresAt - 1, 1000)
        report.same("after purging", (yield* store.findCode("code-used"))?.used, true)
        const replay = { codeHash: "code-used", now: grant.expiresAt - 1 }
        report.same("a late replay", yield* store.redeem(replay), "Replayed")
        while ((yield* store.purge(grant.expiresAt, 1000)) > 0);
        report.same("after the grant's end", yield* store.findCode("code-used"), undefined)
        report.same("what it bought", yield* store.findRefreshToken("chain-used"), undefined)
        return report.violations
      })
  },
  {
    name: "uses no code for a refresh token of another grant or client",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const mine = yield* approveSample(store, "mine")
        const theirs = yield* approveSample(store, "theirs")
        for (const [what, refreshToken] of [
          ["another grant", sampleToken("x", theirs.grant.grantId)],
          ["another client", { ...sampleToken("x", mine.grant.grantId), clientId: "other" }]
        ] as const) {
          const refused = yield* Effect.result(store.redeem({ codeHash: "code-mine", refreshToken, now }))
          report.same(what, refused._tag, "Failure")
          report.same(`the code after ${what}`, (yield* store.findCode("code-mine"))?.used, false)
        }
        report.same("what it would have bought", yield* store.findRefreshToken("chain-x"), undefined)
        return report.violations
      })
  }
]
