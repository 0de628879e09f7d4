// Runs in vitest's main process: one PostgreSQL server for all tests of a run, started when the first of them asks for it.
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import { type PostgresServer, startPostgres } from "./postgres-server.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** The socket that tells the URL of the server. */
    readonly postgres: string
  }
}

export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const folder = mkdtempSync(join(tmpdir(), "postern-postgres-"))
  const path = join(folder, "url.sock")
  let started: Promise<PostgresServer> | undefined
  const teller = createServer((socket) => {
    socket.on("error", () => undefined)
    started ??= startPostgres()
    started.then(
      ({ url }) => socket.end(url),
      (error: unknown) => socket.end(String(error))
    )
  })
  await new Promise<void>((resolve) => teller.listen(path, resolve))
  provide("postgres", path)
  return async () => {
    teller.close()
    await started?.then(({ stop }) => stop()).catch(() => undefined)
    rmSync(folder, { recursive: true, force: true })
  }
}
