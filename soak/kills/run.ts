// Servers under load, one of which is killed at any moment; and what holds of everything that was answered afterwards.
import { setTimeout as delay } from "node:timers/promises"
import { makeSecrets } from "../engine/names.ts"
import { introspect, type Send } from "../engine/wire.ts"
import { makeRandom, type Random } from "../random.ts"
import type { Fault } from "../stores/faulty.ts"
import type { Ground, Place } from "../stores/ground.ts"
import { type Actor, type Ledger, makeActor } from "./actor.ts"
import { checkGround } from "./check-ground.ts"
import type { Login } from "./login.ts"
import { makeMoment, makeStarter, patiently, type Running } from "./running.ts"
import type { Opening } from "./server.ts"
import { settle, settleAssertion } from "./settle.ts"

const ACTORS = 12
/** A server is killed after so many answers. */
const ANSWERS = { least: 10, more: 150 } as const
/** Or, every second time with SQLite, kills itself before one of so many next statements. */
const STATEMENTS = 60
/** Logins of earlier lives that are looked at again after each kill. */
const EARLIER = 10
/** How often the database itself is disturbed, where it can be, and no server killed. */
const DISTURBED = 0.25

/** Does the same to each, so many at a time. */
const forEach = async <A>(items: ReadonlyArray<A>, run: (item: A) => Promise<void>): Promise<void> => {
  const waiting = [...items]
  const work = async (): Promise<void> => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await run(item)
  }
  await Promise.all(Array.from({ length: 16 }, work))
}

/** Takes so many out of a list, by chance. */
const draw = <A>(from: Array<A>, count: number, random: Random): ReadonlyArray<A> =>
  Array.from({ length: Math.min(count, from.length) }, () => from.splice(random.below(from.length), 1)).flat()

/** All actors work, until `disturb`, which comes after so many answers, is done; what they were answered. */
const live = async (
  servers: ReadonlyArray<Running>,
  actors: ReadonlyArray<Actor>,
  { answers, disturb }: { readonly answers: number; readonly disturb: () => Promise<void> }
): Promise<Ledger> => {
  const ledger: Ledger = { logins: [], assertions: [] }
  const moment = makeMoment(answers)
  const sends = servers.map(({ send }) => moment.watch(send))
  let stopped = false
  const working = Promise.all(
    actors.map(async (actor, index) => {
      const send = sends[index % sends.length]
      if (send !== undefined) await actor.work(send, ledger, () => stopped)
    })
  )
  // What an actor finds out ends the life at once, and is told when all have stopped.
  await Promise.race([moment.come, working.catch(() => undefined)])
  await disturb()
  stopped = true
  await working
  return ledger
}

/** What was seen in all lives. */
export interface KillFigures {
  readonly kills: number
  readonly logins: number
  readonly inDoubt: number
}

/** Kills servers under load; throws `BrokenRule` when something that was answered does not hold afterwards. */
export const runKills = async (
  ground: Ground,
  options: {
    readonly kills: number
    readonly seed: number
    readonly fault?: Fault
    readonly tell: (line: string) => void
  }
): Promise<KillFigures> => {
  const { fault, kills, seed, tell } = options
  const random = makeRandom(seed, `kills ${ground.name}`)
  const { machine, secrets } = makeSecrets()
  const actors = Array.from({ length: ACTORS }, (_, index) =>
    makeActor(`user-${index}`, makeRandom(seed, `actor ${index} ${ground.name}`), machine)
  )
  const opening = (place: Place): Opening => ({ place, secrets, ...(fault && { fault }) })
  const starter = makeStarter()
  const servers: Array<Running> = []
  const earlier: Array<Login> = []
  let [logins, inDoubt] = [0, 0]

  const killOne = async (): Promise<void> => {
    const [killed] = servers.splice(random.below(servers.length), 1)
    if (ground.place.kind === "sqlite" && random.chance(0.5)) await killed?.crash(random.below(STATEMENTS))
    else {
      await delay(random.below(5))
      await killed?.kill()
    }
    servers.push(await starter.start(opening(random.pick(ground.places))))
  }
  const disturb = (): Promise<void> => {
    const [disturbance] = random.chance(DISTURBED) ? draw([...ground.disturbances], 1, random) : []
    return disturbance === undefined ? killOne() : disturbance.run()
  }
  const lookAt = async (send: Send, ledger: Ledger): Promise<void> => {
    await forEach(ledger.assertions, (presented) => settleAssertion(send, presented))
    const all = [...ledger.logins, ...draw(earlier, EARLIER, random)]
    await forEach(all, (login) => settle(send, login, random.chance(0.15)))
    earlier.push(...all)
  }

  try {
    for (let count = 0; count < ground.servers; count++) servers.push(await starter.start(opening(ground.place)))
    for (let kill = 0; kill < kills; kill++) {
      const ledger = await live(servers, actors, { answers: ANSWERS.least + random.below(ANSWERS.more), disturb })
      logins += ledger.logins.length
      inDoubt += ledger.logins.filter(({ doubt }) => doubt !== undefined).length
      const sends = servers.map(({ send }) => patiently(send))
      for (const send of sends) await introspect(send, "nothing")
      await checkGround(ground, kill % 20 === 0)
      const [send] = sends
      if (send !== undefined) await lookAt(send, ledger)
      tell(`${kill + 1} kills, ${logins} logins`)
    }
    await checkGround(ground, true)
    return { kills, logins, inDoubt }
  } finally {
    await Promise.all([starter.close(), ...servers.map((server) => server.kill())])
  }
}
