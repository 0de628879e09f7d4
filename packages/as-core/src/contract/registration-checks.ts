import * as Effect from "effect/Effect"
import { makeReport, tally } from "./report.ts"
import {
  approveSample,
  atOnce,
  now,
  redeemSample,
  sampleClient,
  sampleCode,
  sampleConsent,
  sampleGrant,
  sampleInteraction,
  sampleRegistration,
  sampleRotation,
  sampleSession
} from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

const managed = sampleRegistration("client", { registrationTokenHash: "first" })

export const registrationChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "replaces a registration for the registration access token in force alone",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addClient(managed, { maximum: 10 })
        yield* store.addClient(sampleRegistration("without"), { maximum: 10 })
        const next = { client: { ...sampleClient("client"), createdAt: now + 1 }, registrationTokenHash: "second" }
        for (const [what, wrong] of [
          ["another token", { registration: next, registrationTokenHash: "stolen" }],
          ["the token to come", { registration: next, registrationTokenHash: "second" }],
          ["a client that is not", { registration: sampleRegistration("nobody"), registrationTokenHash: "first" }],
          ["a client without one", { registration: sampleRegistration("without"), registrationTokenHash: "first" }]
        ] as const) {
          report.same(what, yield* store.replaceClient(wrong), "Gone")
        }
        report.same("the client after these", yield* store.findRegistration("client"), managed)
        const right = { registration: next, registrationTokenHash: "first" }
        const outcomes = yield* atOnce(64, () => store.replaceClient(right))
        report.same("64 at once", tally(outcomes), { Replaced: 1, Gone: 63 })
        report.same("the client afterwards", yield* store.findRegistration("client"), next)
        return report.violations
      })
  },
  {
    name: "keeps a client used when its registration is replaced",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addClient(managed, { maximum: 1 })
        yield* approveSample(store, "a")
        yield* store.replaceClient({ registration: managed, registrationTokenHash: "first" })
        const other = yield* store.addClient(sampleRegistration("other"), { maximum: 1 })
        report.same("another one where one may be", other, { _tag: "Full" })
        return report.violations
      })
  },
  {
    name: "removes a client for its registration access token alone, with its grants and consents and nobody else's",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        yield* store.addClient(managed, { maximum: 10 })
        yield* redeemSample(store, "mine")
        yield* approveSample(store, "pending", { consents: [sampleConsent()] })
        const other = { grant: { clientId: "other" }, consents: [sampleConsent({ clientId: "other" })] }
        yield* approveSample(store, "theirs", other)
        const removal = { clientId: "client", registrationTokenHash: "first", now }
        const wrong = { ...removal, registrationTokenHash: "stolen" }
        report.same("another token", yield* store.removeClient(wrong), "Gone")
        report.same("a client that is not", yield* store.removeClient({ ...removal, clientId: "other" }), "Gone")
        report.same("the client after these", yield* store.findRegistration("client"), managed)
        report.same("its grant after these", (yield* store.findGrant("grant-mine"))?.ended, false)

        report.same("its own token", yield* store.removeClient(removal), "Removed")
        report.same("once more", yield* store.removeClient(removal), "Gone")
        report.same("the client", yield* store.findClient("client"), undefined)
        report.same("a grant", (yield* store.findGrant("grant-mine"))?.ended, true)
        const rotation = sampleRotation("mine", "token-mine", "next")
        report.same("its refresh token", yield* store.rotate(rotation), { _tag: "Stale" })
        report.same("a code of another grant", yield* store.redeem({ codeHash: "code-pending", now }), "Stale")
        const consents = { subject: "alice", clientId: "client", resources: ["https://mcp.example/mcp"], now }
        report.same("its consents", yield* store.findConsents(consents), [])
        report.same("another client's grant", (yield* store.findGrant("grant-theirs"))?.ended, false)
        const theirs = yield* store.findConsents({ ...consents, clientId: "other" })
        report.same("another client's consents", theirs, other.consents)
        return report.violations
      })
  },
  {
    name: "approves nothing for a registered client that has left",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const registration = sampleRegistration("client", { registrationTokenHash: "first" })
        yield* store.addSession(sampleSession("session"))
        for (const [round, outcome] of ["Approved", "Gone"].entries()) {
          const grantId = `grant-${round}`
          yield* store.addClient(registration, { maximum: 10 })
          const interaction = sampleInteraction(`interaction-${round}`, "session")
          const request = { ...interaction.request, client: registration.client }
          yield* store.addInteraction({ ...interaction, request }, { maximum: 10 })
          if (outcome === "Gone") {
            yield* store.removeClient({ clientId: "client", registrationTokenHash: "first", now })
          }
          const approval = {
            interactionHash: interaction.idHash,
            sessionHash: "session",
            grant: sampleGrant(grantId),
            code: sampleCode(`code-${round}`, grantId),
            consents: [sampleConsent()],
            now
          }
          report.same(`approving (${outcome})`, yield* store.approve(approval), outcome)
          report.same("the grant", (yield* store.findGrant(grantId)) !== undefined, outcome === "Approved")
          if (outcome === "Approved") {
            yield* store.removeClient({ clientId: "client", registrationTokenHash: "first", now })
          }
        }
        return report.violations
      })
  }
]
