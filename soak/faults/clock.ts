import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { mustBe } from "../broken-rule.ts"
import { makeSecrets } from "../engine/names.ts"
import { makeAssertion, presentAssertion, redeem, refresh, wordsOf } from "../engine/wire.ts"
import { accept, type Login, take } from "../kills/login.ts"
import { makeRandom, type Random } from "../random.ts"
import { openStore } from "../stores/open.ts"
import { makeLocal, makeStarted } from "./local.ts"
import type { Scenario } from "./scenario.ts"
import { clockOf, reallySleep } from "../../packages/as-core/test/clock.ts"

const HOUR = 3600
const DAY = 24 * HOUR
/** Seconds by which the clock is set; refresh tokens live for 30 days. */
const jumps = [1, 11, 61, 601, HOUR, 9 * HOUR, DAY, -1, -11, -61, -601, -HOUR, -9 * HOUR, -DAY] as const
/** What has expired is kept for five minutes longer: so far back may a clock go that was too far ahead. */
const jumpsBack = [-1, -11, -61, -240] as const
const JUMPS = 24

const makeClock = () => {
  let ahead = 0
  const millis = () => Date.now() + ahead * 1000
  const clock = clockOf(millis, reallySleep)
  return { clock, seconds: () => millis() / 1000, jump: (by: number) => void (ahead += by) }
}

/** The last of many, and about four others. */
const some = <A>(random: Random, all: ReadonlyArray<A>): ReadonlyArray<A> =>
  all.filter((_, index) => index === all.length - 1 || random.chance(4 / all.length))

/** The clock is set forward and back while the server runs: what is used up or has ended stays so, and what is new works. */
export const clock: Scenario = {
  name: "a clock that is set",
  run: async (kind, { seed }) => {
    const random = makeRandom(seed, "clock")
    const ground = await kind.prepare()
    const store = await openStore(ground.place)
    const { machine, secrets } = makeSecrets()
    const time = makeClock()
    try {
      const { send, server } = await makeLocal(store, secrets, time.clock)
      const ended: Array<Login> = []
      const live: Array<Login> = []
      const used: Array<string> = []
      const path: Array<string> = []
      const look = async (): Promise<void> => {
        for (const login of some(random, ended)) {
          const code = wordsOf(await redeem(send, login.code))
          const token = wordsOf(await refresh(send, login.tokens?.refresh ?? ""))
          mustBe("no clock revives what has ended", [code, token], ["400 invalid_grant", "400 invalid_grant"], path)
        }
        for (const login of live) {
          const answer = await refresh(send, login.tokens?.refresh ?? "")
          mustBe("no clock loses a refresh token that has not expired", wordsOf(answer), "200", path)
          accept(login, answer)
        }
        for (const assertion of some(random, used)) {
          const said = wordsOf(await presentAssertion(send, assertion))
          mustBe("no clock makes an assertion new again", said, "401 invalid_client", path)
        }
      }
      const work = async (): Promise<void> => {
        const [one, other] = [await makeStarted(send, "tokens"), await makeStarted(send, "tokens")]
        await take(send, one, "refresh")
        await take(send, other, random.chance(0.5) ? "revoke" : "replay code")
        live.splice(0, Math.max(0, live.length - 3))
        live.push(one)
        ended.push(other)
        const assertion = makeAssertion(machine, time.seconds())
        mustBe("a new assertion is accepted", wordsOf(await presentAssertion(send, assertion)), "200", path)
        used.push(assertion)
      }
      const set = async (by: number): Promise<void> => {
        time.jump(by)
        path.push(`the clock is set by ${by} s`)
        await look()
        await work()
      }
      await work()
      for (let count = 0; count < JUMPS; count++) await set(random.pick(jumps))
      for (let count = 0; count < JUMPS / 4; count++) {
        // Ahead of all that was, where what has expired leaves; and back.
        live.length = 0
        await set(40 * DAY)
        await Effect.runPromise(Effect.provideService(server.removeExpired, Clock.Clock, time.clock))
        await set(random.pick(jumpsBack))
      }
      return `set ${path.length} times`
    } finally {
      await Effect.runPromise(store.close)
      await ground.close()
    }
  }
}
