import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const PROGRAM = fileURLToPath(import.meta.resolve("@postern/app-authorization-server/program"))

/** One instance of the authorization server, in a process of its own. */
export interface Instance {
  readonly name: string
  readonly port: number
  /** Resolves when it listens. */
  readonly start: () => Promise<void>
  /** Ends it as a crash of the machine would: `SIGKILL`. */
  readonly kill: () => Promise<void>
  /** Ends it as an operator would: `SIGTERM`, and running requests are answered. */
  readonly stop: () => Promise<void>
}

/** Makes an instance that `start` brings up with this configuration file. */
export const makeInstance = (facts: {
  readonly name: string
  readonly port: number
  readonly configuration: string
  readonly environment: NodeJS.ProcessEnv
}): Instance => {
  let child: ChildProcess | undefined

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = once(ending, "exit")
    ending.kill(signal)
    await ended
  }

  return {
    name: facts.name,
    port: facts.port,
    start: async () => {
      const started = spawn(
        process.execPath,
        ["--conditions=@postern/source", PROGRAM, "--config", facts.configuration],
        { env: { ...process.env, ...facts.environment }, stdio: ["ignore", "pipe", "pipe"] }
      )
      child = started
      const complaints: Array<string> = []
      createInterface({ input: started.stderr }).on("line", (line) => complaints.splice(0, complaints.length - 9, line))
      await new Promise<void>((resolve, reject) => {
        createInterface({ input: started.stdout }).once("line", () => resolve())
        started.once("error", reject)
        started.once("exit", () => reject(new Error(`${facts.name} ended:\n${complaints.join("\n")}`)))
      })
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM")
  }
}
