import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Store } from "@postern/as-core"
import { openSqliteStore } from "@postern/as-store-sql"
import { openPostgresStore } from "@postern/as-store-sql/postgres"
import * as Effect from "effect/Effect"
import { makeMemoryStore } from "../../packages/as-core/test/memory-store.ts"
import type { Opened } from "./world.ts"

type Closable = Store & { readonly close: Effect.Effect<void> }

/** One database, opened by each process for itself. */
const openAll = async (open: () => Promise<Closable>, remove?: () => void): Promise<Opened> => {
  const [a, b, c, watch] = [await open(), await open(), await open(), await open()]
  return {
    stores: [a, b, c],
    watch,
    close: async () => {
      for (const store of [a, b, c, watch]) await Effect.runPromise(store.close)
      remove?.()
    }
  }
}

/** A store in this process's memory, which all three share. */
export const openMemory = async (): Promise<Opened> => {
  const store = makeMemoryStore()
  return { stores: [store, store, store], watch: store, close: async () => undefined }
}

/** A file of its own. */
export const openSqlite = (): Promise<Opened> => {
  const folder = mkdtempSync(join(tmpdir(), "postern-model-"))
  const options = { path: join(folder, "as.sqlite"), durability: "process" } as const
  return openAll(
    () => Effect.runPromise(openSqliteStore(options)),
    () => rmSync(folder, { recursive: true, force: true })
  )
}

/** A schema of a PostgreSQL server. */
export const openPostgres = (options: { readonly url: string; readonly schema: string }): Promise<Opened> =>
  openAll(() => Effect.runPromise(openPostgresStore({ ...options, connections: 4 })))
