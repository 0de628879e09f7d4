import { setTimeout as sleep } from "node:timers/promises"
import { countGood, logInAll, refreshAll } from "./crowd.ts"
import { makePeople, startDeployment } from "./deployment.ts"
import type { Instance } from "./instance.ts"
import { type Ledger, makeLedger } from "./ledger.ts"
import { APPS } from "./setting.ts"

/** How much is played. */
export interface PlayOptions {
  readonly logins: number
  readonly refreshes: number
  /** How often an instance is killed. */
  readonly kills: number
  /** For how many seconds a server repeats its answer to a refresh that it answered already. */
  readonly refreshReplay: number
  readonly onProgress: (what: string) => void
}

/** What came of it. */
export interface Played {
  readonly ledger: Ledger
  readonly instances: ReadonlyArray<string>
  /** Logins whose refresh token was good to the end. */
  readonly loggedIn: number
  /** And whose last access token a server of the resource accepts. */
  readonly accepted: number
}

const NAMES = ["instance A", "instance B"]
const AT_ONCE = 16

/** How long a killed instance stays down: until somebody or something has noticed. */
const DOWN_MILLIS = 700

/** Kills one instance and brings it up again, in the middle of whatever it does. */
const bounce = async (instance: Instance, ledger: Ledger): Promise<void> => {
  await instance.kill()
  ledger.mark(instance.name, "killed")
  await sleep(DOWN_MILLIS)
  await instance.start()
  ledger.mark(instance.name, "listens")
}

/** Kills instances in turns, each time when as much as was meant has been done. */
const makeKiller = (instances: ReadonlyArray<Instance>, ledger: Ledger, moments: ReadonlyArray<number>) => {
  const waiting = [...moments]
  let kills = 0
  let running = Promise.resolve()
  return {
    /** `done` counts what the apps have got so far. */
    at: (done: number): void => {
      const [next] = waiting
      const instance = instances[kills % instances.length]
      if (next === undefined || done < next || instance === undefined) return
      waiting.shift()
      kills++
      running = running.then(() => bounce(instance, ledger))
    },
    finished: () => running
  }
}

/** The whole play: people log in, their apps refresh, and meanwhile instances are killed. */
export const play = async (options: PlayOptions): Promise<Played> => {
  const { kills, logins, onProgress, refreshes, refreshReplay } = options
  const { accounts, people } = await makePeople(Math.ceil(logins / APPS))
  const ledger = makeLedger()
  const deployment = await startDeployment({ names: NAMES, accounts, refreshReplay, onAnswered: ledger.answered })
  const { instances, issuer } = deployment
  try {
    const all = logins + refreshes
    const moments = Array.from({ length: kills }, (_, index) => ((index + 1) * all) / (kills + 1))
    const killer = makeKiller(instances, ledger, moments)
    const watch = setInterval(() => killer.at(ledger.counts.login + ledger.counts.refresh), 5)
    ledger.begin()
    onProgress(`${people.length} people log in with ${logins} apps`)
    const made = await logInAll(issuer, { people, logins, ledger, atOnce: AT_ONCE })
    onProgress(`their apps refresh ${refreshes} times`)
    const alive = await refreshAll(made, { refreshes, atOnce: AT_ONCE })
    clearInterval(watch)
    await killer.finished()
    onProgress("each app refreshes once more, and shows its access token to a resource server")
    const last = await refreshAll(alive, { refreshes: alive.length, atOnce: AT_ONCE })
    return { ledger, instances: NAMES, loggedIn: last.length, accepted: await countGood(issuer, last) }
  } finally {
    await deployment.close()
  }
}
