import * as Effect from "effect/Effect"
import { makeReport, tally } from "./report.ts"
import { atOnce, now, sampleCode, sampleGrant, sampleInteraction, sampleSession } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

const approval = {
  interactionHash: "interaction",
  sessionHash: "session",
  grant: sampleGrant("grant"),
  code: sampleCode("code", "grant"),
  consents: [],
  now
}

export const interactionChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "finds an interaction until the second in which it expires, and lets the oldest go for a new one",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const names = ["c", "a", "d", "b"] as const
        for (const name of names) yield* store.addInteraction(sampleInteraction(name, "session"), { maximum: 3 })
        report.same("the oldest", yield* store.findInteraction("c", now), undefined)
        for (const name of ["a", "d", "b"]) {
          const expected = sampleInteraction(name, "session")
          report.same("a younger one", yield* store.findInteraction(name, now), expected)
          report.same("a second before it expires", yield* store.findInteraction(name, now + 599), expected)
          report.same("when it expires", yield* store.findInteraction(name, now + 600), undefined)
        }
        return report.violations
      })
  },
  {
    name: "lets the session of the oldest interaction go with it, where nobody is signed in there and nothing else waits",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const anonymous = (idHash: string) => ({ idHash, expiresAt: now + 3600 })
        for (const name of ["left", "waits"]) yield* store.addSession(anonymous(name))
        yield* store.addSession(sampleSession("alice"))
        for (const [name, session] of [
          ["a", "left"],
          ["b", "waits"],
          ["c", "alice"],
          ["d", "waits"],
          ["e", "alice"],
          ["f", "waits"]
        ] as const) {
          yield* store.addInteraction(sampleInteraction(name, session), { maximum: 3 })
        }
        report.same("of nobody, with nothing else", yield* store.findSession("left", now), undefined)
        report.same("of nobody, with another one", yield* store.findSession("waits", now), anonymous("waits"))
        yield* store.addInteraction(sampleInteraction("g", "other"), { maximum: 1 })
        report.same("of nobody, with nothing any more", yield* store.findSession("waits", now), undefined)
        report.same("of somebody", yield* store.findSession("alice", now), sampleSession("alice"))
        return report.violations
      })
  },
  {
    name: "approves an interaction once, with its grant and its code, and only in its own signed-in browser",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addSession(sampleSession("session"))
        yield* store.addSession(sampleSession("other"))
        yield* store.addSession(sampleSession("mallory", "mallory"))
        yield* store.addInteraction(sampleInteraction("interaction", "session"), { maximum: 10 })
        yield* store.addInteraction(sampleInteraction("of-mallory", "mallory"), { maximum: 10 })
        yield* store.addInteraction(sampleInteraction("of-nobody", "gone"), { maximum: 10 })
        for (const [what, wrong] of [
          ["another browser", { ...approval, sessionHash: "other" }],
          ["no interaction", { ...approval, interactionHash: "nothing" }],
          ["an interaction that expires", { ...approval, now: now + 600 }],
          ["one that expired before", { ...approval, now: now + 900 }],
          ["somebody else who is signed in", { ...approval, interactionHash: "of-mallory", sessionHash: "mallory" }],
          ["a session that has ended", { ...approval, interactionHash: "of-nobody", sessionHash: "gone" }]
        ] as const) {
          report.same(what, yield* store.approve(wrong), "Gone")
          report.same(`the code after ${what}`, yield* store.findCode("code"), undefined)
        }
        report.same("the first approval", yield* store.approve(approval), "Approved")
        report.same("the code", yield* store.findCode("code"), {
          value: approval.code,
          grant: approval.grant,
          used: false,
          ended: false
        })
        report.same("the interaction afterwards", yield* store.findInteraction("interaction", now), undefined)
        report.same("a second approval", yield* store.approve(approval), "Gone")
        report.same("a denial afterwards", yield* store.deny(approval), "Gone")
        return report.violations
      })
  },
  {
    name: "denies an interaction once, and only in its own browser",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addSession(sampleSession("session"))
        yield* store.addInteraction(sampleInteraction("interaction", "session"), { maximum: 10 })
        report.same("another browser", yield* store.deny({ ...approval, sessionHash: "other" }), "Gone")
        report.same("an expired interaction", yield* store.deny({ ...approval, now: now + 600 }), "Gone")
        report.same("the first denial", yield* store.deny(approval), "Denied")
        report.same("a second denial", yield* store.deny(approval), "Gone")
        report.same("an approval afterwards", yield* store.approve(approval), "Gone")
        report.same("the code", yield* store.findCode("code"), undefined)
        return report.violations
      })
  },
  {
    name: "lets one of many decisions at once through: a denial, or one approval with one code",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addSession(sampleSession("session"))
        for (let round = 0; round < 20; round++) {
          const interactionHash = `interaction-${round}`
          yield* store.addInteraction(sampleInteraction(interactionHash, "session"), { maximum: 10 })
          const outcomes = yield* atOnce(64, (index) => {
            const name = `${round}-${index}`
            const change = { interactionHash, sessionHash: "session", now }
            return (index + round) % 2 === 0
              ? store.deny(change)
              : store.approve({ ...change, grant: sampleGrant(name), code: sampleCode(name, name), consents: [] })
          })
          const { Gone, Approved = 0, Denied = 0 } = tally(outcomes)
          report.same("decisions that came too late", Gone, 63)
          report.same("decisions that counted", Approved + Denied, 1)
          const codes = yield* atOnce(64, (index) => store.findCode(`${round}-${index}`))
          report.same("codes", codes.filter((code) => code !== undefined).length, Approved)
        }
        return report.violations
      })
  }
]
