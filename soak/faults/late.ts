import * as Effect from "effect/Effect"
import type { Store, StoreFailed } from "../../packages/as-core/src/index.ts"
import { BrokenRule } from "../broken-rule.ts"
import { makeSecrets } from "../engine/names.ts"
import { makeAssertion, presentAssertion, wordsOf } from "../engine/wire.ts"
import type { Step } from "../kills/login.ts"
import { patiently } from "../kills/running.ts"
import { settle, settleAssertion } from "../kills/settle.ts"
import { openStore } from "../stores/open.ts"
import { makeLocal, makeStarted, mustBeUnavailable, takeForSure, takeInVain } from "./local.ts"
import type { Scenario } from "./scenario.ts"

/** What becomes of a call: it is done a little later, never done, or done and never answered. */
const ways = ["late", "never", "lost"] as const
type Way = (typeof ways)[number]

const LATE_MILLIS = 300

const lead = <A>(way: Way, call: Effect.Effect<A, StoreFailed>): Effect.Effect<A, StoreFailed> => {
  switch (way) {
    case "late":
      return Effect.delay(call, LATE_MILLIS)
    case "never":
      return Effect.never
    case "lost":
      return Effect.andThen(call, Effect.never)
  }
}

/** The operations, and the steps of a login that need them. */
const steps = {
  findCode: ["redeem"],
  redeem: ["redeem", "replay code"],
  findRefreshToken: ["refresh", "revoke"],
  rotate: ["refresh"],
  endGrant: ["revoke"],
  remember: ["revoke access token"]
} as const satisfies Readonly<Record<string, ReadonlyArray<Step>>>

type Operation = keyof typeof steps

/** A store of which one operation goes that way. */
const leadAstray = (store: Store, operation: Operation, way: Way): Store => {
  switch (operation) {
    case "findCode":
      return { ...store, findCode: (hash) => lead(way, store.findCode(hash)) }
    case "redeem":
      return { ...store, redeem: (change) => lead(way, store.redeem(change)) }
    case "findRefreshToken":
      return { ...store, findRefreshToken: (hash) => lead(way, store.findRefreshToken(hash)) }
    case "rotate":
      return { ...store, rotate: (change) => lead(way, store.rotate(change)) }
    case "endGrant":
      return { ...store, endGrant: (grantId, now) => lead(way, store.endGrant(grantId, now)) }
    case "remember":
      return { ...store, remember: (id, now) => lead(way, store.remember(id, now)) }
  }
}

const operations: ReadonlyArray<Operation> = [
  "findCode",
  "redeem",
  "findRefreshToken",
  "rotate",
  "endGrant",
  "remember"
]

/** Every operation that the token endpoint and revocation need, in each of the ways, all at the same time. */
export const late: Scenario = {
  name: "a store that answers late, or never",
  run: async (kind, { fault }) => {
    const ground = await kind.prepare()
    const store = await openStore(ground.place, fault)
    const { machine, secrets } = makeSecrets()
    try {
      const sound = { send: patiently((await makeLocal(store, secrets)).send) }
      const cases = operations.flatMap((operation) =>
        ways.flatMap((way) => steps[operation].map((step) => ({ operation, way, step })))
      )
      await Promise.all(
        cases.map(async ({ operation, step, way }) => {
          const { send } = await makeLocal(leadAstray(store, operation, way), secrets)
          const login = await makeStarted(sound.send, step === "redeem" ? "code" : "tokens")
          login.history.push(`${operation}: ${way}`)
          await (way === "late" ? takeForSure : takeInVain)(send, login, step)
          // What was never done has left no trace.
          if (way === "never") delete login.doubt
          await settle(sound.send, login, true)
        })
      )
      await Promise.all(
        ways.map(async (way) => {
          const { send } = await makeLocal(leadAstray(store, "remember", way), secrets)
          const assertion = makeAssertion(machine)
          const answer = await presentAssertion(send, assertion)
          if (way !== "late") mustBeUnavailable(answer, [`an assertion, remember: ${way}`])
          else if (answer.status !== 200) throw new BrokenRule("a new assertion is accepted", [wordsOf(answer)])
          await settleAssertion(sound.send, { assertion, answered: way === "late" })
        })
      )
      return `${cases.length + ways.length} cases`
    } finally {
      await Effect.runPromise(store.close)
      await ground.close()
    }
  }
}
