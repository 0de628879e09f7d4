// Run by page.ts in a process of its own, from built JavaScript: microseconds of processor time of whole logins, the clients in turns.
import { burst } from "../guard/processor-time.ts"
import { load, type Name, NAMES, type Way } from "./contestants.ts"
import { makeWorld } from "./world.ts"

/** Rounds, of which each has so many logins of every client; those that warm up come before. */
export const ROUNDS = 41
export const FLOWS = 100
const WARMING = 8

/** What one login cost, by client, in each round. */
export type Flows = Readonly<Record<Way, Readonly<Record<Name, ReadonlyArray<number>>>>>

const measure = async (way: Way): Promise<Flows[Way]> => {
  const costs = Object.fromEntries(NAMES.map((name) => [name, []])) as unknown as Record<Name, Array<number>>
  const makers = await Promise.all(NAMES.map(async (name) => [name, await load(name)] as const))
  for (let round = -WARMING; round < ROUNDS; round++) {
    // Each begins in turn.
    const at = (round + WARMING) % makers.length
    for (const [name, make] of [...makers.slice(at), ...makers.slice(0, at)]) {
      const world = makeWorld()
      const { cpu } = await burst(FLOWS, async () => {
        for (let flow = 0; flow < FLOWS; flow++) await make(world, way, {})()
        world.take()
      })
      if (round >= 0) costs[name].push(cpu)
    }
  }
  return costs
}

// Imported for its numbers it does nothing.
if (import.meta.main) {
  console.warn = () => undefined
  console.log(JSON.stringify({ registration: await measure("registration"), document: await measure("document") }))
}
