import { setTimeout as delay } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { makeSecrets } from "../engine/names.ts"
import type { Step } from "../kills/login.ts"
import { patiently } from "../kills/running.ts"
import { settle } from "../kills/settle.ts"
import { openStore } from "../stores/open.ts"
import { makeLocal, makeStarted, takeForSure, takeInVain } from "./local.ts"
import type { Scenario } from "./scenario.ts"

const steps: ReadonlyArray<Step> = ["redeem", "refresh", "revoke", "replay code", "revoke access token"]

/** Somebody else holds what is to be written: for a moment, and for longer than anybody waits. */
export const held: Scenario = {
  name: "a store that somebody else holds",
  run: async (kind) => {
    const ground = await kind.prepare()
    const store = await openStore(ground.place)
    try {
      const { send } = await makeLocal(store, makeSecrets().secrets)
      const start = () =>
        Promise.all(
          steps.map(async (step) => ({ step, login: await makeStarted(send, step === "redeem" ? "code" : "tokens") }))
        )
      const [briefly, long] = [await start(), await start()]
      const release = await ground.hold()
      const taken = Promise.all(briefly.map(({ login, step }) => takeForSure(send, login, step)))
      await delay(500)
      await release()
      await taken
      const releaseLater = await ground.hold()
      try {
        await Promise.all(long.map(({ login, step }) => takeInVain(send, login, step)))
      } finally {
        await releaseLater()
      }
      await Promise.all([...briefly, ...long].map(({ login }) => settle(patiently(send), login, true)))
      return "half a second: answered; longer: 503"
    } finally {
      await Effect.runPromise(store.close)
      await ground.close()
    }
  }
}
