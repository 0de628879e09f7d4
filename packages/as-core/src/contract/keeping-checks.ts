import * as Effect from "effect/Effect"
import { makeReport } from "./report.ts"
import {
  approveSample,
  now,
  redeemSample,
  sampleClient,
  sampleConsent,
  sampleInteraction,
  sampleRegistration,
  sampleRotation,
  sampleSession
} from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

export const keepingChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "purges what expired, at most as many of each kind as told, and nothing else",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addClient({ client: sampleClient("client") }, { maximum: 10 })
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
    name: "purges a client that nobody used in its time, and no other",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const idle = (name: string, unusedUntil?: number) =>
          sampleRegistration(name, { metadataHash: name, ...(unusedUntil !== undefined && { unusedUntil }) })
        for (const name of ["idle", "used", "again"]) yield* store.addClient(idle(name, now + 90), { maximum: 10 })
        yield* store.addClient(idle("stays"), { maximum: 10 })
        yield* approveSample(store, "a", { grant: { clientId: "used" } })
        report.same("as it was added", yield* store.findRegistration("idle"), idle("idle", now + 90))
        const again = yield* store.addClient({ ...idle("other", now + 180), metadataHash: "again" }, { maximum: 10 })
        report.same("the same once more", again._tag, "Known")
        yield* store.purge(now + 89, 1000)
        report.same("before its time is over", (yield* store.findClient("idle"))?.clientId, "idle")
        yield* store.purge(now + 90, 1000)
        report.same("afterwards", yield* store.findClient("idle"), undefined)
        for (const name of ["used", "again", "stays"]) {
          report.same("another one", (yield* store.findClient(name))?.clientId, name)
        }
        yield* store.purge(now + 180, 1000)
        report.same("the one that came again", yield* store.findClient("again"), undefined)
        return report.violations
      })
  },
  {
    name: "purges a whole grant in small steps without breaking what is left",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (const name of ["old-1", "old-2", "old-3"]) {
          yield* redeemSample(store, name, { grant: { expiresAt: now + 100 } })
          yield* store.rotate(sampleRotation(name, `token-${name}`, "next"))
        }
        yield* redeemSample(store, "young")
        let steps = 0
        while ((yield* store.purge(now + 100, 1)) > 0 && steps < 100) steps += 1
        report.same("it took more than one step", steps > 1 && steps < 100, true)
        for (const name of ["old-1", "old-2", "old-3"]) {
          report.same("an old grant", yield* store.findGrant(`grant-${name}`), undefined)
          report.same("an old code", yield* store.findCode(`code-${name}`), undefined)
          report.same("an old refresh token", yield* store.findRefreshToken(`chain-${name}`), undefined)
        }
        const young = sampleRotation("young", "token-young", "next", { now: now + 100 })
        report.same("the young one", yield* store.rotate(young), { _tag: "Rotated" })
        return report.violations
      })
  },
  {
    name: "purges a refresh token that expired, and a grant whose code expired before its use, and no grant besides",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* redeemSample(store, "idle", { token: { expiresAt: now + 60 } })
        yield* redeemSample(store, "in-use")
        yield* approveSample(store, "no-token")
        yield* store.redeem({ codeHash: "code-no-token", now })
        yield* approveSample(store, "never-used")
        yield* store.purge(now + 59, 1000)
        report.same("a second before", (yield* store.findRefreshToken("chain-idle"))?.ended, false)
        report.same("its code", (yield* store.findCode("code-never-used"))?.used, false)
        yield* store.purge(now + 60, 1000)
        report.same("the token that expired", yield* store.findRefreshToken("chain-idle"), undefined)
        report.same("the grant that nobody used", yield* store.findGrant("grant-never-used"), undefined)
        for (const name of ["idle", "in-use", "no-token"]) {
          report.same("another grant", (yield* store.findGrant(`grant-${name}`))?.ended, false)
          report.same("its code", (yield* store.findCode(`code-${name}`))?.used, true)
        }
        return report.violations
      })
  },
  {
    name: "purges a refresh token when its last rotation expires, one at a time too",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const purgeAll = Effect.fnUntraced(function* (at: number) {
          for (let steps = 0; (yield* store.purge(at, 1)) > 0 && steps < 100;) steps += 1
        })
        const found = Effect.fnUntraced(function* (name: string) {
          return (yield* store.findRefreshToken(`chain-${name}`)) !== undefined
        })
        for (const name of ["first", "second", "third"]) {
          yield* redeemSample(store, name, { token: { expiresAt: now + 60 } })
        }
        for (const name of ["first", "second"]) {
          yield* store.rotate(sampleRotation(name, `token-${name}`, `next-${name}`, { expiresAt: now + 90 }))
        }
        yield* purgeAll(now + 89)
        report.same("rotated", [yield* found("first"), yield* found("second")], [true, true])
        report.same("as it was, and expired", yield* found("third"), false)
        yield* purgeAll(now + 90)
        report.same("rotated, and expired", [yield* found("first"), yield* found("second")], [false, false])
        return report.violations
      })
  },
  {
    name: "purges consents that expired, at most as many as told, and keeps the others",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const resource = (index: number) => `https://mcp.example/${index}`
        const short = Array.from({ length: 5 }, (_, index) =>
          sampleConsent({ resource: resource(index), expiresAt: now + 10 })
        )
        yield* redeemSample(store, "a")
        yield* approveSample(store, "b", { consents: [...short, sampleConsent()] })
        report.same("before any expired", yield* store.purge(now + 9, 1000), 0)
        report.same("two of them", yield* store.purge(now + 10, 2), 2)
        report.same("the other three", yield* store.purge(now + 10, 1000), 3)
        const resources = [sampleConsent().resource, ...short.map((consent) => consent.resource)]
        const left = yield* store.findConsents({ subject: "alice", clientId: "client", resources, now })
        report.same("what is left", left, [sampleConsent()])
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
        // Its name is taken already: the code must not be used for nothing.
        const taken = { ...first.token, grantId: second.grant.grantId }
        const failed = yield* Effect.result(store.redeem({ codeHash: second.code.codeHash, refreshToken: taken, now }))
        report.same("a name that is taken", failed._tag === "Failure" && failed.failure._tag, "StoreFailed")
        report.same("the code afterwards", (yield* store.findCode(second.code.codeHash))?.used, false)
        const found = yield* store.findRefreshToken(first.token.chainHash)
        report.same("the other refresh token", found?.value, first.token)
        report.same("the code later", yield* store.redeem({ codeHash: second.code.codeHash, now }), "Redeemed")
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
        const registration = { client: sampleClient("client"), registrationTokenHash: "hash" }
        yield* store.addClient(registration, { maximum: 10 })
        yield* store.addSession(sampleSession("session"))
        yield* store.addInteraction(sampleInteraction("interaction", "session"), { maximum: 10 })
        const { grant, code, token } = yield* redeemSample(store, "a", { consents: [sampleConsent()] })
        const rotation = sampleRotation("a", token.tokenHash, "next")
        yield* store.rotate(rotation)
        const allowance = {
          resource: sampleConsent().resource,
          scope: "notes:admin",
          to: { kind: "client", id: "client" },
          by: "root",
          createdAt: now
        } as const
        yield* store.addAllowance(allowance)
        const again = yield* Effect.promise(reopen)
        report.same("the client", yield* again.findRegistration("client"), registration)
        report.same("the session", yield* again.findSession("session", now), sampleSession("session"))
        report.same("the interaction", yield* again.findInteraction("interaction", now), {
          ...sampleInteraction("interaction", "session")
        })
        report.same("the refresh token", yield* again.findRefreshToken(token.chainHash), {
          value: { ...token, tokenHash: "next" },
          grant,
          ended: false
        })
        report.same("its answer", yield* again.rotate(rotation), { _tag: "Repeated", sealed: "answer next" })
        const asked = { subject: "alice", clientId: "client", resources: [sampleConsent().resource], now }
        report.same("the consents", yield* again.findConsents(asked), [sampleConsent()])
        report.same("the allowances", yield* again.findAllowances({ clientId: "client" }), [allowance])
        report.same("the used code", yield* again.redeem({ codeHash: code.codeHash, now }), "Replayed")
        return report.violations
      })
  }
]
