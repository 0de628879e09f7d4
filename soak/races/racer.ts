// A process of its own that does what it is told, many times at once, over the store that it is told.
import * as Effect from "effect/Effect"
import { now, rotation, token } from "../../packages/as-store-sql/test/samples.ts"
import { serveParent } from "../child.ts"
import type { Fault } from "../stores/faulty.ts"
import type { Place } from "../stores/ground.ts"
import { openStore, type OpenStore } from "../stores/open.ts"
import { bindingOf, CALLERS, type Order, type Outcome } from "./order.ts"

interface Opening {
  readonly open: { readonly place: Place; readonly fault?: Fault; readonly racer: number }
}

const call = (store: OpenStore, order: Order, who: string): Effect.Effect<string, unknown> => {
  const { name } = order
  switch (order.race) {
    case "redeem":
      // One of all callers revokes meanwhile, where the order says so.
      return order.ends && who === "0-0"
        ? Effect.as(store.endGrant(name, now), "Ended")
        : store.redeem({ codeHash: `${name}-code`, refreshToken: token(`${name}-${who}`, who, name), now })
    case "rotate": {
      const change = rotation(name, `${name}-token`, who, { until: order.window === "not kept" ? now : now + 10 })
      const answer = { ...change.answer, binding: bindingOf(who, order.window) }
      return Effect.map(store.rotate({ ...change, answer }), (outcome) =>
        outcome._tag === "Repeated" ? `Repeated: ${outcome.sealed}` : outcome._tag
      )
    }
    case "remember":
      return store.remember({ idHash: name, expiresAt: order.now + 60 }, order.now)
  }
}

let store: OpenStore | undefined
let racer = 0

serveParent(async (message) => {
  // The parent is this program's other half.
  const told = message as Opening | Order
  if ("open" in told) {
    store = await openStore(told.open.place, told.open.fault)
    racer = told.open.racer
    return "ready"
  }
  const opened = store
  if (opened === undefined) throw new Error("no store was opened")
  const callers = Array.from({ length: CALLERS }, (_, index): Effect.Effect<Outcome> => {
    const who = `${racer}-${index}`
    const got = call(opened, told, who).pipe(
      Effect.catch((error) => Effect.succeed(`failed: ${String(error)}`)),
      Effect.map((outcome) => ({ who, got: outcome }))
    )
    return told.spread ? Effect.delay(got, index % 4) : got
  })
  return Effect.runPromise(Effect.all(callers, { concurrency: "unbounded" }))
})
