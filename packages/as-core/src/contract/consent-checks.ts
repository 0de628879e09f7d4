import * as Effect from "effect/Effect"
import type { Consent } from "../store.ts"
import { makeReport, tally } from "./report.ts"
import {
  approveSample,
  atOnce,
  now,
  redeemSample,
  sampleCode,
  sampleConsent,
  sampleGrant,
  sampleInteraction,
  sampleRotation,
  sampleSession
} from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

const mcp = "https://mcp.example/mcp"
const other = "https://mcp.example/other"

const asked = { subject: "alice", clientId: "client", resources: [mcp], now }

/** Consents compared as sets of scopes at resources. */
const sorted = (consents: ReadonlyArray<Consent>): ReadonlyArray<Consent> =>
  consents
    .map((consent) => ({ ...consent, scope: consent.scope.toSorted() }))
    .toSorted((left, right) => (left.resource < right.resource ? -1 : 1))

const byConsent = (name: string, needed: ReadonlyArray<Pick<Consent, "resource" | "scope" | "clientHash">>) => ({
  sessionHash: "session-a",
  grant: sampleGrant(`grant-${name}`),
  code: sampleCode(`code-${name}`, `grant-${name}`),
  needed,
  now
})

export const consentChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "remembers what a user allowed a client at each resource until it expires",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        report.same("before", yield* store.findConsents(asked), [])
        const consents = [sampleConsent(), sampleConsent({ resource: other, expiresAt: now + 60 })]
        yield* approveSample(store, "a", { consents })
        report.same("at one resource", yield* store.findConsents(asked), [sampleConsent()])
        const both = { ...asked, resources: [mcp, other, "https://mcp.example/third"] }
        report.same("at both", sorted(yield* store.findConsents(both)), sorted(consents))
        const early = yield* store.findConsents({ ...both, now: now + 59 })
        report.same("a second before one expires", sorted(early), sorted(consents))
        const late = yield* store.findConsents({ ...both, now: now + 60 })
        report.same("when it expires", late, [sampleConsent()])
        const later = yield* store.findConsents({ ...both, now: now + 600 })
        report.same("after that", later, [sampleConsent()])
        report.same("at none", yield* store.findConsents({ ...asked, resources: [] }), [])
        report.same("of somebody else", yield* store.findConsents({ ...asked, subject: "bob" }), [])
        report.same("to another client", yield* store.findConsents({ ...asked, clientId: "other" }), [])
        return report.violations
      })
  },
  {
    name: "adds a consent to the one of before if the client is the same, else puts it in its place",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* approveSample(store, "a", { consents: [sampleConsent()] })
        const more = sampleConsent({ scope: ["notes:write", "notes:read"], expiresAt: now + 60 })
        yield* approveSample(store, "b", { consents: [more] })
        report.same("the same client", sorted(yield* store.findConsents(asked)), sorted([more]))
        const scope = ["notes:delete"]
        yield* approveSample(store, "c", { consents: [sampleConsent({ scope })] })
        const all = sampleConsent({ scope: ["notes:read", "notes:write", "notes:delete"] })
        report.same("the same client once more", sorted(yield* store.findConsents(asked)), sorted([all]))
        const changed = sampleConsent({ scope, clientHash: "another" })
        yield* approveSample(store, "d", { consents: [changed] })
        report.same("a client that changed", yield* store.findConsents(asked), [changed])
        return report.violations
      })
  },
  {
    name: "adds nothing to a consent that expired",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* approveSample(store, "a", { consents: [sampleConsent({ scope: ["notes:write"], expiresAt: now })] })
        yield* approveSample(store, "b", { consents: [sampleConsent()] })
        report.same("afterwards", yield* store.findConsents(asked), [sampleConsent()])
        return report.violations
      })
  },
  {
    name: "remembers no consent of an approval that did not happen, or of another user or client than its grant's",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* approveSample(store, "a")
        const again = {
          interactionHash: "interaction-a",
          sessionHash: "session-a",
          grant: sampleGrant("grant-again"),
          code: sampleCode("code-again", "grant-again"),
          consents: [sampleConsent()],
          now
        }
        report.same("an approval too late", yield* store.approve(again), "Gone")
        for (const [what, changes] of [
          ["another user", { subject: "bob" }],
          ["another client", { clientId: "other" }]
        ] as const) {
          const name = `of ${what}`
          const approval = approveSample(store, name, { consents: [sampleConsent(changes)] })
          report.same(name, (yield* Effect.result(approval))._tag, "Failure")
          report.same(`the grant ${name}`, yield* store.findGrant(`grant-${name}`), undefined)
          report.same(`the consent ${name}`, yield* store.findConsents({ ...asked, ...changes }), [])
        }
        report.same("afterwards", yield* store.findConsents(asked), [])
        return report.violations
      })
  },
  {
    name: "approves by consent what is within it, for the user who is signed in",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const wide = sampleConsent({ scope: ["notes:read", "notes:write"], expiresAt: now + 60 })
        yield* approveSample(store, "a", { consents: [wide, sampleConsent({ resource: other })] })
        yield* approveSample(store, "mallory", { grant: { subject: "mallory" } })
        const read = sampleConsent()
        for (const [what, change, outcome] of [
          ["a scope that was not allowed", byConsent("x", [{ ...read, scope: ["notes:delete"] }]), "Stale"],
          [
            "one of two that was not",
            byConsent("x", [read, { ...read, resource: other, scope: ["notes:write"] }]),
            "Stale"
          ],
          [
            "a resource that was not allowed",
            byConsent("x", [{ ...read, resource: "https://elsewhere.example" }]),
            "Stale"
          ],
          ["a client that changed", byConsent("x", [{ ...read, clientHash: "another" }]), "Stale"],
          ["nothing", byConsent("x", []), "Stale"],
          ["an expired consent", { ...byConsent("x", [read]), now: now + 60 }, "Stale"],
          ["a session that is not", { ...byConsent("x", [read]), sessionHash: "nobody" }, "Gone"],
          ["a session that expired", { ...byConsent("x", [read]), now: now + 3600 }, "Gone"],
          ["somebody else's session", { ...byConsent("x", [read]), sessionHash: "session-mallory" }, "Gone"]
        ] as const) {
          report.same(what, yield* store.approveByConsent(change), outcome)
          report.same(`the grant after ${what}`, yield* store.findGrant("grant-x"), undefined)
          report.same(`the code after ${what}`, yield* store.findCode("code-x"), undefined)
        }
        const good = byConsent("good", [read, { ...read, resource: other }])
        report.same("what is within", yield* store.approveByConsent({ ...good, now: now + 59 }), "Approved")
        report.same("its code", yield* store.findCode("code-good"), {
          value: good.code,
          grant: good.grant,
          used: false,
          ended: false
        })
        report.same("the consents afterwards", yield* store.findConsents(asked), [wide])
        return report.violations
      })
  },
  {
    name: "closes the page that a request waited at with its approval by consent, and only in its own browser",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* approveSample(store, "a", { consents: [sampleConsent()] })
        yield* store.addSession(sampleSession("elsewhere", "alice"))
        yield* store.addInteraction(sampleInteraction("waits", "session-a"), { maximum: 1000 })
        const change = { ...byConsent("x", [sampleConsent()]), interactionHash: "waits" }
        const wide = { ...change, needed: [sampleConsent({ scope: ["notes:delete"] })] }
        for (const [what, refused, outcome] of [
          ["another browser", { ...change, sessionHash: "elsewhere" }, "Gone"],
          ["no such page", { ...change, interactionHash: "nothing" }, "Gone"],
          ["more than was allowed", wide, "Stale"]
        ] as const) {
          report.same(what, yield* store.approveByConsent(refused), outcome)
          report.same(`the grant after ${what}`, yield* store.findGrant("grant-x"), undefined)
          report.same(`the page after ${what}`, (yield* store.findInteraction("waits", now))?.idHash, "waits")
        }
        report.same("its own browser", yield* store.approveByConsent(change), "Approved")
        report.same("the page", yield* store.findInteraction("waits", now), undefined)
        const again = { ...byConsent("y", [sampleConsent()]), interactionHash: "waits" }
        report.same("once more", yield* store.approveByConsent(again), "Gone")
        return report.violations
      })
  },
  {
    name: "forgets what a user allowed a client and ends their grants, and nobody else's",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const bob = sampleConsent({ subject: "bob" })
        const elsewhere = sampleConsent({ clientId: "other" })
        yield* redeemSample(store, "a")
        yield* approveSample(store, "b", { consents: [sampleConsent(), sampleConsent({ resource: other })] })
        yield* approveSample(store, "bob", { grant: { subject: "bob" }, consents: [bob] })
        yield* approveSample(store, "other", { grant: { clientId: "other" }, consents: [elsewhere] })
        const change = { subject: "alice", clientId: "client", now }
        yield* store.endConsents(change)
        yield* store.endConsents(change)
        const both = { ...asked, resources: [mcp, other] }
        report.same("the consents", yield* store.findConsents(both), [])
        report.same("a refresh token", yield* store.rotate(sampleRotation("a", "token-a", "next")), { _tag: "Stale" })
        report.same("a code", yield* store.redeem({ codeHash: "code-b", now }), "Stale")
        const ended = yield* atOnce(4, (index) =>
          store.findGrant(["grant-a", "grant-b", "grant-bob", "grant-other"][index] ?? "")
        )
        report.same(
          "which grants ended",
          ended.map((found) => found?.ended),
          [true, true, false, false]
        )
        report.same("bob's consents", yield* store.findConsents({ ...both, subject: "bob" }), [bob])
        report.same("another client's", yield* store.findConsents({ ...both, clientId: "other" }), [elsewhere])
        report.same("by consent", yield* store.approveByConsent(byConsent("x", [sampleConsent()])), "Stale")
        return report.violations
      })
  },
  {
    name: "lets no grant of a consent outlive its end, whichever of 64 comes first",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* approveSample(store, "a", { consents: [sampleConsent()] })
        const outcomes = yield* atOnce(64, (index) =>
          index === 32
            ? store.endConsents({ subject: "alice", clientId: "client", now }).pipe(Effect.as("Ended" as const))
            : store.approveByConsent(byConsent(`${index}`, [sampleConsent()]))
        )
        const { Approved = 0, Stale = 0 } = tally(outcomes)
        report.same("approved or too late", Approved + Stale, 63)
        const found = yield* atOnce(64, (index) => store.findGrant(`grant-${index}`))
        report.same("grants that live", found.filter((one) => one !== undefined && !one.ended).length, 0)
        return report.violations
      })
  }
]
