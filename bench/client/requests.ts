// Run by page.ts in a process of its own, from built JavaScript: what each client asks of the servers, as JSON.
import { load, NAMES, type Way } from "./contestants.ts"
import { makeWorld } from "./world.ts"

/** The requests of each occasion, in order. */
export interface Requests {
  readonly first: Readonly<Record<Way, ReadonlyArray<string>>>
  readonly again: ReadonlyArray<string>
  readonly refused: ReadonlyArray<string>
  /** By a new client over the same storage. */
  readonly later: ReadonlyArray<string>
  readonly refusedLater: ReadonlyArray<string>
}

// The official client warns at every login of what its host does not save.
console.warn = () => undefined
const counted: Record<string, Requests> = {}
for (const name of NAMES) {
  const make = await load(name)
  const first = async (way: Way): Promise<ReadonlyArray<string>> => {
    const world = makeWorld()
    await make(world, way, {})()
    return world.take()
  }
  const world = makeWorld()
  const storage = {}
  const call = make(world, "registration", storage)
  const asked = async (call: () => Promise<void>): Promise<ReadonlyArray<string>> => {
    world.take()
    await call()
    return world.take()
  }
  const refused = (call: () => Promise<void>): Promise<ReadonlyArray<string>> => {
    world.expire()
    return asked(call)
  }
  await call()
  counted[name] = {
    first: { registration: await first("registration"), document: await first("document") },
    again: await asked(call),
    refused: await refused(call),
    later: await asked(make(world, "registration", storage)),
    refusedLater: await refused(make(world, "registration", storage))
  }
}
console.log(JSON.stringify(counted))
