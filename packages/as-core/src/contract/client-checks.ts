import * as Effect from "effect/Effect"
import type { Client } from "../store.ts"
import { makeReport, tally } from "./report.ts"
import {
  approveSample,
  atOnce,
  now,
  sampleBareClient,
  sampleClient,
  sampleCode,
  sampleConsent,
  sampleGrant,
  sampleKeyClient,
  sampleRegistration
} from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

const full = { _tag: "Full" }
const added = { _tag: "Added" }

export const clientChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "finds a client as it was added, with and without its optional members",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        report.same("a client that was never added", yield* store.findClient("nobody"), undefined)
        report.same("its registration", yield* store.findRegistration("nobody"), undefined)
        const elsewhere: Client = {
          ...sampleBareClient("elsewhere"),
          tokenEndpointAuthMethod: "private_key_jwt",
          jwksUri: "https://client.example/jwks.json"
        }
        for (const client of [sampleClient("full"), sampleBareClient("bare"), sampleKeyClient("key"), elsewhere]) {
          report.same("adding", yield* store.addClient({ client }, { maximum: 10 }), added)
          report.same("finding", yield* store.findClient(client.clientId), client)
          report.same("its registration", yield* store.findRegistration(client.clientId), { client })
        }
        const whole = sampleRegistration("whole", { metadataHash: "metadata", registrationTokenHash: "token" })
        yield* store.addClient(whole, { maximum: 10 })
        report.same("a registration with everything", yield* store.findRegistration("whole"), whole)
        return report.violations
      })
  },
  {
    name: "takes 64 registrations of the same metadata at once for one client",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const outcomes = yield* atOnce(64, (index) =>
          store.addClient(sampleRegistration(`client-${index}`, { metadataHash: "same" }), { maximum: 1 })
        )
        report.same("64 at once", tally(outcomes.map(({ _tag }) => _tag)), { Added: 1, Known: 63 })
        const first = `client-${outcomes.findIndex(({ _tag }) => _tag === "Added")}`
        const known = outcomes.flatMap((outcome) => (outcome._tag === "Known" ? [outcome.client] : []))
        report.same("whom the others got", [...new Set(known.map(({ clientId }) => clientId))], [first])
        report.same("as it was added", known[0], sampleRegistration(first).client)
        const other = sampleRegistration("other", { metadataHash: "other" })
        report.same("other metadata", yield* store.addClient(other, { maximum: 2 }), added)
        for (const name of ["one", "two"]) {
          report.same("none", yield* store.addClient(sampleRegistration(name), { maximum: 10 }), added)
        }
        return report.violations
      })
  },
  {
    name: "holds no more clients than the maximum, however many are added at once, and the oldest leave for them",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        // The names do not sort as they came.
        const names = ["d", "a", "e", "b", "c"]
        for (const name of names) yield* store.addClient(sampleRegistration(name), { maximum: 5 })
        report.same("one more", yield* store.addClient(sampleRegistration("f"), { maximum: 5 }), added)
        report.same("the oldest", yield* store.findClient("d"), undefined)
        for (const name of ["a", "e", "b", "c", "f"]) {
          report.same("a younger one", (yield* store.findClient(name))?.clientId, name)
        }
        const outcomes = yield* atOnce(20, (index) => store.addClient(sampleRegistration(`${index}`), { maximum: 5 }))
        report.same("20 at once", tally(outcomes.map(({ _tag }) => _tag)), { Added: 20 })
        const left = yield* atOnce(20, (index) => store.findClient(`${index}`))
        report.same("how many are left", left.filter((client) => client !== undefined).length, 5)
        report.same("the last of before", yield* store.findClient("f"), undefined)
        yield* store.addClient(sampleRegistration("lower"), { maximum: 2 })
        const fewer = yield* atOnce(20, (index) => store.findClient(`${index}`))
        report.same("with a lower maximum", fewer.filter((client) => client !== undefined).length, 1)
        return report.violations
      })
  },
  {
    name: "lets a client that was registered again leave after those that were not registered since",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const add = (name: string, metadataHash: string, unusedUntil: number) =>
          store.addClient(sampleRegistration(name, { metadataHash, unusedUntil }), { maximum: 2 })
        yield* add("first", "first", now + 1)
        yield* add("second", "second", now + 2)
        report.same("the first one again", (yield* add("same", "first", now + 3))._tag, "Known")
        report.same("one more", yield* add("third", "third", now + 4), added)
        report.same("the one that came again", (yield* store.findClient("first"))?.clientId, "first")
        report.same("the other one", yield* store.findClient("second"), undefined)
        return report.violations
      })
  },
  {
    name: "keeps every client that was registered with an initial access token, and is full when all are",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const trusted = sampleRegistration("trusted", { registrationTokenHash: "token" })
        yield* store.addClient(trusted, { maximum: 2 })
        for (const name of ["first", "second", "third"]) {
          report.same(name, yield* store.addClient(sampleRegistration(name), { maximum: 2 }), added)
        }
        report.same("the one before", yield* store.findClient("second"), undefined)
        report.same("the trusted one", (yield* store.findClient("trusted"))?.clientId, "trusted")
        report.same("where nothing else is", yield* store.addClient(sampleRegistration("x"), { maximum: 1 }), full)
        return report.violations
      })
  },
  {
    name: "keeps every client that is used, and is full when all are",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        // This one is allowed something before it is registered, so that only its second approval uses it.
        const agreed = sampleConsent({ clientId: "agreed" })
        yield* approveSample(store, "a", { grant: { clientId: "agreed" }, consents: [agreed] })
        for (const name of ["agreed", "used", "idle"]) {
          yield* store.addClient(sampleRegistration(name, { metadataHash: name }), { maximum: 3 })
        }
        yield* approveSample(store, "b", { grant: { clientId: "used" } })
        const byConsent = yield* store.approveByConsent({
          sessionHash: "session-a",
          grant: { ...sampleGrant("grant-c"), clientId: "agreed" },
          code: { ...sampleCode("code-c", "grant-c"), clientId: "agreed" },
          needed: [agreed],
          now
        })
        report.same("an approval by consent", byConsent, "Approved")
        report.same("a fourth", yield* store.addClient(sampleRegistration("fourth"), { maximum: 3 }), added)
        report.same("the one that nobody used", yield* store.findClient("idle"), undefined)
        yield* approveSample(store, "d", { grant: { clientId: "fourth" } })
        report.same("a fifth", yield* store.addClient(sampleRegistration("fifth"), { maximum: 3 }), full)
        report.same("the fifth afterwards", yield* store.findClient("fifth"), undefined)
        const same = yield* store.addClient(sampleRegistration("again", { metadataHash: "used" }), { maximum: 3 })
        report.same("one that is known", same._tag, "Known")
        for (const name of ["used", "agreed", "fourth"]) {
          report.same("a used one", (yield* store.findClient(name))?.clientId, name)
        }
        return report.violations
      })
  }
]
