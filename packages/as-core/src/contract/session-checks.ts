import * as Effect from "effect/Effect"
import type { Session } from "../store.ts"
import { makeReport, tally } from "./report.ts"
import { atOnce, now, sampleInteraction, sampleSession } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

const anonymous = (idHash: string): Session => ({ idHash, expiresAt: now + 3600 })

export const sessionChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "finds a session until the second in which it expires",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        for (const session of [anonymous("anonymous"), sampleSession("known")]) {
          yield* store.addSession(session)
          report.same("the session", yield* store.findSession(session.idHash, now), session)
          report.same("a second before it expires", yield* store.findSession(session.idHash, now + 3599), session)
          report.same("when it expires", yield* store.findSession(session.idHash, now + 3600), undefined)
        }
        report.same("a session that was never added", yield* store.findSession("nobody", now), undefined)
        return report.violations
      })
  },
  {
    name: "moves the interaction to a new session at sign-in, and the old session ends",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const interaction = sampleInteraction("interaction", "old")
        const change = { interactionHash: "interaction", fromSessionHash: "old", session: sampleSession("new"), now }
        yield* store.addSession(anonymous("old"))
        yield* store.addInteraction(interaction, { maximum: 10 })
        report.same("signing in", yield* store.signIn(change), "SignedIn")
        report.same("the old session", yield* store.findSession("old", now), undefined)
        report.same("the new session", yield* store.findSession("new", now), sampleSession("new"))
        report.same("the interaction", yield* store.findInteraction("interaction", now), {
          ...interaction,
          sessionHash: "new"
        })
        return report.violations
      })
  },
  {
    name: "signs nobody in with another browser's interaction, an expired one or none",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addSession(anonymous("mine"))
        yield* store.addSession(anonymous("theirs"))
        yield* store.addInteraction(sampleInteraction("interaction", "mine"), { maximum: 10 })
        yield* store.addInteraction(sampleInteraction("orphan", "ended"), { maximum: 10 })
        const change = { interactionHash: "interaction", fromSessionHash: "mine", session: sampleSession("new"), now }
        for (const [what, wrong] of [
          ["another browser", { ...change, fromSessionHash: "theirs" }],
          ["an unknown browser", { ...change, fromSessionHash: "nobody" }],
          ["a browser whose session ended", { ...change, interactionHash: "orphan", fromSessionHash: "ended" }],
          ["no interaction", { ...change, interactionHash: "nothing" }],
          ["an expired interaction", { ...change, now: now + 600 }]
        ] as const) {
          report.same(what, yield* store.signIn(wrong), "Gone")
          report.same(`the session after ${what}`, yield* store.findSession("new", now), undefined)
        }
        report.same("the interaction's own browser", yield* store.findSession("mine", now), anonymous("mine"))
        return report.violations
      })
  },
  {
    name: "lets one of many sign-ins with one interaction through",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addSession(anonymous("old"))
        yield* store.addInteraction(sampleInteraction("interaction", "old"), { maximum: 10 })
        const outcomes = yield* atOnce(64, (index) =>
          store.signIn({
            interactionHash: "interaction",
            fromSessionHash: "old",
            session: sampleSession(`new-${index}`),
            now
          })
        )
        report.same("64 sign-ins at once", tally(outcomes), { SignedIn: 1, Gone: 63 })
        const sessions = yield* atOnce(64, (index) => store.findSession(`new-${index}`, now))
        report.same("sessions afterwards", sessions.filter((session) => session !== undefined).length, 1)
        return report.violations
      })
  }
]
