import { readFile } from "node:fs/promises"
import * as Result from "effect/Result"
import type { ConfigurationInvalid } from "./configuration-invalid.ts"
import { StartFailed } from "./start-failed.ts"

/** Says what the operator has to change and exits with 2; nothing listens yet. */
export const refuse = (message: string): never => {
  console.error(message)
  process.exit(2)
}

/** Reads and decodes a configuration file, or refuses: unreadable, not JSON, wrong keys. */
export const readConfigurationFile = async <A>(
  program: string,
  path: string,
  decode: (json: unknown) => Result.Result<A, ConfigurationInvalid>
): Promise<A> => {
  const text = await readFile(path, "utf8").catch((error: Error) =>
    refuse(`${program}: ${path} cannot be read: ${error.message}`)
  )
  const decoded = decode(parse(program, path, text))
  if (Result.isSuccess(decoded)) return decoded.success
  const lines = decoded.failure.issues.map(({ key, reason }) => `  ${key}: ${reason}`)
  return refuse(`${program}: ${path} is refused:\n${lines.join("\n")}`)
}

const parse = (program: string, path: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    return refuse(`${program}: ${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Starts a server, prints one line when it listens, and closes it cleanly on SIGTERM or SIGINT. */
export const runServer = async (
  program: string,
  start: () => Promise<{ readonly name: string; readonly url: string; readonly close: () => Promise<void> }>
): Promise<void> => {
  const server = await start().catch((error: unknown) => {
    if (error instanceof StartFailed) return refuse(`${program}: ${error.message}`)
    throw error
  })
  console.log(`${program}: ${server.name} listens on ${server.url}`)
  const stop = () => void server.close().then(() => process.exit(0))
  process.once("SIGTERM", stop)
  process.once("SIGINT", stop)
}
