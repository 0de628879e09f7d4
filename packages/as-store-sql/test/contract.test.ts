import { DatabaseSync } from "node:sqlite"
import { storeContract } from "@postern/as-core/contract"
import * as Effect from "effect/Effect"
import { openInFile, openInMemory } from "./open.ts"
import { openOwn } from "./own-database.ts"

storeContract("[CON-03] an SQLite store in memory", openInMemory)
storeContract("[CON-03] an SQLite store in a file", openInFile)
storeContract("[CON-03] a store on a database of one's own", async () => {
  const store = await Effect.runPromise(openOwn(new DatabaseSync(":memory:")))
  return { store, close: () => Effect.runPromise(store.close) }
})
