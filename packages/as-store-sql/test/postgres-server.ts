import { once } from "node:events"
import { message, start } from "./child.ts"

/** A PostgreSQL server for tests; the user of `url` may do everything. */
export interface PostgresServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/**
 * Starts a server of its own in a folder of its own, which ends with this process however that ends; or names the one of
 * `POSTERN_TEST_POSTGRES`. `durable` keeps what was committed through the end of the machine's power, as it has to be where that is
 * measured.
 */
export const startPostgres = async ({ durable = false } = {}): Promise<PostgresServer> => {
  const given = process.env["POSTERN_TEST_POSTGRES"]
  if (given !== undefined) return { url: given, stop: async () => undefined }
  const child = start("./postgres-main.ts", durable ? ["durable"] : [])
  const url = String(await message(child))
  return {
    url,
    stop: async () => {
      const exit = once(child, "exit")
      child.disconnect()
      await exit
    }
  }
}
