// A process of its own that does what it is told, many times at once, over the store that it is told.
import * as Effect from "effect/Effect"
import { openSqliteStore } from "@postern/as-store-sql"
import { openPostgresStore } from "@postern/as-store-sql/postgres"
import { rotation, sampleClient, token } from "./samples.ts"

/** What to do to what is named, and how often at once; what each of them would buy is named after `racer`. */
export interface Order {
  readonly operation: "redeem" | "rotate" | "remember" | "register" | "save"
  readonly name: string
  readonly racer: string
  readonly times: number
  readonly now: number
  /** Of a rotation: how long its answer is given again. */
  readonly until?: number
  /** Of a key ring: the version to replace. */
  readonly expected?: number
}

const [, , place, schema] = process.argv
if (place === undefined) throw new Error("the first argument is the store's path or URL, the second its schema")

const store =
  schema === undefined
    ? await Effect.runPromise(openSqliteStore({ path: place, durability: "process" }))
    : await Effect.runPromise(openPostgresStore({ url: place, schema }))

/** One of the callers: what it was told, and what it got with that. */
const call = (order: Order, index: number): Effect.Effect<string, unknown> => {
  const { operation, name, now } = order
  const own = `${order.racer}-${index}`
  switch (operation) {
    case "redeem":
      return store.redeem({ codeHash: `${name}-code`, refreshToken: token(`${name}-${own}`, own, name), now })
    case "rotate": {
      const change = rotation(name, `${name}-token`, `${name}-${own}`, { now, until: order.until ?? now })
      return Effect.map(store.rotate(change), (outcome) =>
        outcome._tag === "Repeated" ? `Repeated: ${outcome.sealed}` : outcome._tag
      )
    }
    case "remember":
      return store.remember({ idHash: name, expiresAt: now + 60 }, now)
    case "register": {
      const client = { ...sampleClient, clientId: `${name}-${own}` }
      return Effect.map(store.addClient({ client, metadataHash: name }, { maximum: 1000 }), (outcome) =>
        outcome._tag === "Known" ? `Known: ${outcome.client.clientId}` : outcome._tag
      )
    }
    case "save":
      return store.saveKeyRing({ expected: order.expected ?? 0, keys: [] })
  }
}

process.on("message", (order: Order) => {
  const calls = Array.from({ length: order.times }, (_, index) => call(order, index))
  void Effect.runPromise(Effect.all(calls, { concurrency: "unbounded" })).then((outcomes) => process.send?.(outcomes))
})
process.on("disconnect", () => process.exit(0))
process.send?.("ready")
