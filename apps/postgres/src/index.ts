import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** A PostgreSQL server; the user of `url` may do everything. */
export interface PostgresServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

const PROGRAM = fileURLToPath(new URL("main.ts", import.meta.url))

/**
 * Starts a server of its own in a folder of its own, which ends with this process however that ends; or names the one of
 * `POSTERN_TEST_POSTGRES`. `durable` keeps what was committed through the end of the machine's power, as it has to be where that is
 * measured.
 */
export const startPostgres = async ({ durable = false } = {}): Promise<PostgresServer> => {
  const given = process.env["POSTERN_TEST_POSTGRES"]
  if (given !== undefined) return { url: given, stop: async () => undefined }
  const child = fork(PROGRAM, durable ? ["durable"] : [], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const url = await new Promise<string>((resolve, reject) => {
    child.once("message", (said) => void (typeof said === "string" && resolve(said)))
    child.once("error", reject)
    child.once("exit", (code) => reject(new Error(`the PostgreSQL server ended with ${code}`)))
  })
  return {
    url,
    stop: async () => {
      const exit = once(child, "exit")
      child.disconnect()
      await exit
    }
  }
}
