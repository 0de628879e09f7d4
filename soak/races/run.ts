// Two processes over one store, 32 callers in each, all of them at once.
import * as Effect from "effect/Effect"
import { approve, now, redeem } from "../../packages/as-store-sql/test/samples.ts"
import { type Child, start } from "../child.ts"
import { makeRandom, type Random } from "../random.ts"
import type { Fault } from "../stores/faulty.ts"
import type { Ground } from "../stores/ground.ts"
import { openStore, type OpenStore } from "../stores/open.ts"
import { judge, type Left } from "./judge.ts"
import type { Order, Outcome } from "./order.ts"

/** Rounds that are prepared and looked at together. */
const BATCH = 50

/** A round: one race of each kind. An identifier comes twice, the second time when it has expired. */
const ordersOf = (round: number, random: Random): ReadonlyArray<Order> => {
  const spread = random.chance(0.5)
  return [
    { race: "redeem", name: `redeem-${round}`, ends: random.chance(0.25), spread },
    { race: "rotate", name: `rotate-${round}`, window: random.pick(["kept", "not kept", "two requests"]), spread },
    { race: "remember", name: `id-${Math.floor(round / 2)}`, now: now + 60 * round, spread }
  ]
}

const prepare = (store: OpenStore, order: Order): Effect.Effect<unknown, unknown> => {
  switch (order.race) {
    case "redeem":
      return approve(store, order.name)
    case "rotate":
      return redeem(store, order.name)
    case "remember":
      return Effect.void
  }
}

/** What the store holds of each grant after its race, by the rows themselves. */
const look = async (ground: Ground, orders: ReadonlyArray<Order>): Promise<ReadonlyMap<string, Left>> => {
  const names = orders.map(({ name }) => `'${name}'`).join(", ")
  const rows = await ground.rows(
    `SELECT grants.grant_id AS name, grants.ended_at, codes.used_at, refresh_tokens.token_hash FROM grants
     JOIN codes ON codes.grant_id = grants.grant_id
     LEFT JOIN refresh_tokens ON refresh_tokens.grant_id = grants.grant_id WHERE grants.grant_id IN (${names})`
  )
  const left = new Map<string, Left>()
  for (const { ended_at: endedAt, name, token_hash: holder, used_at: usedAt } of rows) {
    if (typeof name !== "string") continue
    const holders = [...(left.get(name)?.holders ?? []), ...(typeof holder === "string" ? [holder] : [])]
    left.set(name, { used: usedAt !== null, ended: endedAt !== null, holders })
  }
  return left
}

const race = async (racers: ReadonlyArray<Child>, order: Order): Promise<ReadonlyArray<Outcome>> => {
  const answers = racers.map((racer) => racer.answer())
  for (const racer of racers) racer.tell(order)
  // The racers are this program's other half.
  return (await Promise.all(answers)).flat() as ReadonlyArray<Outcome>
}

/** Runs the races; throws `BrokenRule` at the first one that broke a rule. Returns how many there were. */
export const runRaces = async (
  ground: Ground,
  options: {
    readonly rounds: number
    readonly seed: number
    readonly fault?: Fault
    readonly tell: (line: string) => void
  }
): Promise<number> => {
  const { fault, rounds, seed, tell } = options
  const random = makeRandom(seed, `races ${ground.name}`)
  const racers = [start("./races/racer.ts"), start("./races/racer.ts")]
  const store = await openStore(ground.place)
  try {
    const ready = racers.map((racer) => racer.answer())
    for (const [index, racer] of racers.entries()) {
      racer.tell({ open: { place: ground.place, racer: index, ...(fault && { fault }) } })
    }
    await Promise.all(ready)
    for (let first = 0; first < rounds; first += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, rounds - first) }, (_, index) =>
        ordersOf(first + index, random)
      )
      const orders = batch.flat()
      await Effect.runPromise(Effect.forEach(orders, (order) => prepare(store, order), { concurrency: 8 }))
      const results: Array<readonly [Order, ReadonlyArray<Outcome>]> = []
      for (const order of orders) results.push([order, await race(racers, order)])
      const left = await look(ground, orders)
      for (const [order, outcomes] of results) judge(order, outcomes, left.get(order.name))
      tell(`${first + batch.length} rounds`)
    }
    return 3 * rounds
  } finally {
    await Promise.all(racers.map((racer) => racer.kill()))
    await Effect.runPromise(store.close)
  }
}
