// Run by page.ts in a process of its own: the microseconds of processor time from before the import of the module that is named, which
// makes a client, to the end of its first login.
import { makeWorld } from "./world.ts"

/** Microseconds of processor time. */
export interface Start {
  readonly imported: number
  /** The first login too. */
  readonly whole: number
  /** And the start of Node. */
  readonly process: number
}

// The official client warns at every login of what its host does not save.
console.warn = () => undefined
const sum = ({ system, user }: NodeJS.CpuUsage): number => user + system
const world = makeWorld()
const begin = process.cpuUsage()
const { make } = await import(process.argv[2] ?? "")
const imported = process.cpuUsage(begin)
await make(world, "registration", {})()
const start: Start = {
  imported: sum(imported),
  whole: sum(process.cpuUsage(begin)),
  process: sum(process.cpuUsage())
}
console.log(JSON.stringify(start))
