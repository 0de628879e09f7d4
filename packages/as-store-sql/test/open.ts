import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { OpenedStore } from "@postern/as-core/contract"
import { openSqliteStore, type SqliteStoreOptions } from "@postern/as-store-sql"

/** A folder of its own, removed by `remove`. */
export const temporaryFolder = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), "postern-store-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export const open = (options: SqliteStoreOptions) => Effect.runPromise(openSqliteStore(options))

/** An empty store in memory, for the contract. */
export const openInMemory = async (): Promise<OpenedStore> => {
  const store = await open({ path: ":memory:" })
  return { store, close: () => Effect.runPromise(store.close) }
}

/** An empty store in a file, for the contract. */
export const openInFile = async (): Promise<OpenedStore> => {
  const folder = temporaryFolder()
  const options: SqliteStoreOptions = { path: join(folder.path, "store.sqlite"), durability: "process" }
  let store = await open(options)
  return {
    store,
    reopen: async () => {
      await Effect.runPromise(store.close)
      store = await open(options)
      return store
    },
    close: async () => {
      await Effect.runPromise(store.close)
      folder.remove()
    }
  }
}
