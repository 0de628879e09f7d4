// Runs every example and expects each to end with exit code 0.
import { globSync } from "node:fs"
import { complaint } from "./complaint.ts"
import { root } from "./workspace.ts"

const PARALLEL = 2
const TIMEOUT_MILLIS = 60_000

const waiting = globSync(["examples/*.ts", "examples/*/run.ts"], { cwd: root }).sort()
const runWaiting = async (): Promise<void> => {
  for (let example = waiting.shift(); example !== undefined; example = waiting.shift()) {
    const printed = await complaint(process.execPath, ["--conditions=@postern/source", example], TIMEOUT_MILLIS)
    console.log(printed === undefined ? `ok      ${example}` : `FAILED  ${example}\n${printed}`)
    if (printed !== undefined) process.exitCode = 1
  }
}
await Promise.all(Array.from({ length: PARALLEL }, runWaiting))
