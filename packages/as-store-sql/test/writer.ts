// A process of its own that writes as fast as it can until somebody kills it, and reports what it was answered.
import * as Effect from "effect/Effect"
import { type Durability, openSqliteStore } from "@postern/as-store-sql"
import { now, redeem, rotation, sampleClient } from "./samples.ts"

const [, , path = "", prefix = "", power] = process.argv
const durability: Durability = power === "power" ? "power" : "process"

const store = await Effect.runPromise(openSqliteStore({ path, durability }))

const say = (name: string, step: string) => Effect.sync(() => process.send?.({ name, step }))

const flow = (name: string) =>
  Effect.gen(function* () {
    yield* store.addClient({ client: { ...sampleClient, clientId: name } }, { maximum: 1_000_000 })
    yield* say(name, "registered")
    yield* redeem(store, name)
    yield* say(name, "redeemed")
    yield* store.rotate(rotation(name, `${name}-token`, `${name}-token-1`))
    yield* say(name, "rotated")
    yield* store.remember({ idHash: name, expiresAt: now + 60 }, now)
    yield* say(name, "remembered")
    yield* store.endGrant(name, now)
    yield* say(name, "ended")
  })

process.send?.("ready")
for (let batch = 0; ; batch++) {
  await Effect.runPromise(
    Effect.all(
      Array.from({ length: 4 }, (_, index) => flow(`${prefix}-${batch}-${index}`)),
      { concurrency: "unbounded" }
    )
  )
}
