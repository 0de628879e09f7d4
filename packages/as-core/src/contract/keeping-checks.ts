import * as Effect from "effect/Effect"
import { makeReport } from "./report.ts"
import {
  approveSample,
  now,
  redeemSample,
  sampleClient,
  sampleInteraction,
  sampleSession,
  sampleToken
} from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

export const keepingChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "purges what expired, at most as many of each kind as told, and nothing else",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addClient(sampleClient("client"), { maximum: 10 })
        for (let index = 0; index < 5; index++) {
          yield* store.addSession({ idHash: `short-${index}`, expiresAt: now + 10 })
          const interaction = { ...sampleInteraction(`short-${index}`, "session"), expiresAt: now + 10 }
          yield* store.addInteraction(interaction, { maximum: 10 })
        }
        yield* store.addSession(sampleSession("long"))
        yield* store.addInteraction(sampleInteraction("long", "long"), { maximum: 10 })
        report.same("before anything expired", yield* store.purge(now + 9, 1000), 0)
        report.same("two of each kind", yield* store.purge(now + 10, 2), 4)
        report.same("the other three of each kind", yield* store.purge(now + 10, 1000), 6)
        report.same("once more", yield* store.purge(now + 10, 1000), 0)
        report.same("a session that did not expire", yield* store.findSession("long", now), sampleSession("long"))
        const long = sampleInteraction("long", "long")
        report.same("an interaction that did not expire", yield* store.findInteraction("long", now), long)
        report.same("a client", yield* store.findClient("client"), sampleClient("client"))
        return report.violations
      })
  },
  {
    name: "purges a whole grant in small steps without breaking what is left",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const { grant, token } = yield* redeemSample(store, "old", { grant: { expiresAt: now + 100 } })
        let current = token.tokenHash
        for (let step = 0; step < 5; step++) {
          const next = sampleToken(`old-${step}`, grant.grantId)
          yield* store.rotate({ tokenHash: current, next, now })
          current = next.tokenHash
        }
        const young = yield* redeemSample(store, "young")
        let steps = 0
        while ((yield* store.purge(now + 100, 1)) > 0 && steps < 100) steps += 1
        report.same("it took more than one step", steps > 1 && steps < 100, true)
        report.same("the old code", yield* store.findCode("code-old"), undefined)
        report.same("the old refresh token", yield* store.findRefreshToken(current), undefined)
        const next = sampleToken("next", young.grant.grantId)
        report.same("the young one", yield* store.rotate({ tokenHash: "token-young", next, now: now + 100 }), "Used")
        return report.violations
      })
  },
  {
    name: "answers its check, and changes nothing when a change cannot be made whole",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.check
        const first = yield* redeemSample(store, "first")
        const second = yield* approveSample(store, "second")
        // Its hash is taken already: the code must not be used for nothing.
        const taken = sampleToken(first.token.tokenHash, second.grant.grantId)
        const failed = yield* Effect.result(store.redeem({ codeHash: second.code.codeHash, refreshToken: taken, now }))
        report.same(
          "a refresh token whose hash is taken",
          failed._tag === "Failure" && failed.failure._tag,
          "StoreFailed"
        )
        report.same("the code afterwards", (yield* store.findCode(second.code.codeHash))?.used, false)
        report.same(
          "the other refresh token",
          (yield* store.findRefreshToken(first.token.tokenHash))?.value.grantId,
          first.grant.grantId
        )
        report.same("the code later", yield* store.redeem({ codeHash: second.code.codeHash, now }), "Used")
        return report.violations
      })
  },
  {
    name: "fails one change without taking its neighbours along",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addSession(sampleSession("taken"))
        const results = yield* Effect.all(
          Array.from({ length: 9 }, (_, index) =>
            Effect.result(store.addSession(sampleSession(index === 4 ? "taken" : `session-${index}`)))
          ),
          { concurrency: "unbounded" }
        )
        report.same(
          "which of nine failed",
          results.flatMap((result, index) => (result._tag === "Failure" ? [index] : [])),
          [4]
        )
        for (const index of [0, 3, 5, 8]) {
          const expected = sampleSession(`session-${index}`)
          report.same("a neighbour", yield* store.findSession(expected.idHash, now), expected)
        }
        return report.violations
      })
  },
  {
    name: "keeps everything when it is closed and opened again",
    run: ({ store, reopen }) =>
      Effect.gen(function* () {
        const report = makeReport()
        if (reopen === undefined) return report.violations
        yield* store.addClient(sampleClient("client"), { maximum: 10 })
        yield* store.addSession(sampleSession("session"))
        yield* store.addInteraction(sampleInteraction("interaction", "session"), { maximum: 10 })
        const { grant, code, token } = yield* redeemSample(store, "a")
        const again = yield* Effect.promise(reopen)
        report.same("the client", yield* again.findClient("client"), sampleClient("client"))
        report.same("the session", yield* again.findSession("session", now), sampleSession("session"))
        report.same("the interaction", yield* again.findInteraction("interaction", now), {
          ...sampleInteraction("interaction", "session")
        })
        report.same("the refresh token", yield* again.findRefreshToken(token.tokenHash), {
          value: token,
          grant,
          used: false,
          ended: false
        })
        report.same("the used code", yield* again.redeem({ codeHash: code.codeHash, now }), "Replayed")
        return report.violations
      })
  }
]
