// Run by page.ts in a process of its own, from built JavaScript: the microseconds of processor time from before the import of a client
// to the end of its first login.
import { CONTESTANTS, type Name } from "./contestants.ts"
import { makeWorld } from "./world.ts"

console.warn = () => undefined
const world = makeWorld()
const begin = process.cpuUsage()
const make = await CONTESTANTS[process.argv[2] as Name].load()
const imported = process.cpuUsage(begin)
await make(world, "registration", {})()
const whole = process.cpuUsage(begin)
const process_ = process.cpuUsage()
const sum = ({ system, user }: NodeJS.CpuUsage): number => user + system
console.log(JSON.stringify({ imported: sum(imported), whole: sum(whole), process: sum(process_) }))
