import * as Effect from "effect/Effect"
import type { Client } from "../store.ts"
import { makeReport, tally } from "./report.ts"
import { atOnce, sampleBareClient, sampleClient, sampleKeyClient } from "./samples.ts"
import type { StoreCheck } from "./store-check.ts"

export const clientChecks: ReadonlyArray<StoreCheck> = [
  {
    name: "finds a client as it was added, with and without its optional members",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        report.same("a client that was never added", yield* store.findClient("nobody"), undefined)
        const elsewhere: Client = {
          ...sampleBareClient("elsewhere"),
          tokenEndpointAuthMethod: "private_key_jwt",
          jwksUri: "https://client.example/jwks.json"
        }
        for (const client of [sampleClient("full"), sampleBareClient("bare"), sampleKeyClient("key"), elsewhere]) {
          report.same("adding", yield* store.addClient(client, { maximum: 10 }), "Added")
          report.same("finding", yield* store.findClient(client.clientId), client)
        }
        return report.violations
      })
  },
  {
    name: "holds no more clients than the maximum, however many are added at once",
    run: ({ store }) =>
      Effect.gen(function* () {
        const report = makeReport()
        const outcomes = yield* atOnce(20, (index) => store.addClient(sampleClient(`client-${index}`), { maximum: 5 }))
        report.same("20 clients at once where 5 may be", tally(outcomes), { Added: 5, Full: 15 })
        report.same("one more", yield* store.addClient(sampleClient("late"), { maximum: 5 }), "Full")
        report.same("the one that was refused", yield* store.findClient("late"), undefined)
        return report.violations
      })
  }
]
