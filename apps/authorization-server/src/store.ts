import * as Effect from "effect/Effect"
import type { Store } from "@postern/as-core"
import { readTextFile, StartFailed } from "@postern/app-program"
import { makeMemoryStore } from "@postern/as-core/memory"
import { openSqliteStore } from "@postern/as-store-sql"
import type { Configuration } from "./configuration.ts"
import { checkMode } from "./encryption-keys.ts"

/** A store that is open, and is to be closed. */
export type OpenStore = Store & { readonly close: Effect.Effect<void> }

/** Opens the store of a configuration; rejects with {@link StartFailed}. */
export const openStore = async ({ durability, store }: Configuration): Promise<OpenStore> => {
  if (store.startsWith("postgres")) return openPostgres(await urlOf(store))
  if (store === "memory:") return openMemory()
  const path = store.slice("sqlite:".length)
  return orStartFailed(openSqliteStore({ path, ...(durability && { durability }) }))
}

const openMemory = (): OpenStore => {
  if (process.env["NODE_ENV"] === "production") {
    throw new StartFailed({
      subject: "store",
      reason:
        "`memory:` forgets every login at a restart and is refused when NODE_ENV is production; use `sqlite:PATH` or PostgreSQL"
    })
  }
  return { ...makeMemoryStore(), close: Effect.void }
}

const orStartFailed = <A>(opening: Effect.Effect<A, { readonly message: string }>): Promise<A> =>
  Effect.runPromise(
    Effect.mapError(opening, (error) => new StartFailed({ subject: "store", reason: error.message, cause: error }))
  )

// The driver is loaded only where it is used.
const openPostgres = async (url: string): Promise<OpenStore> => {
  const { openPostgresStore } = await import("@postern/as-store-sql/postgres")
  return orStartFailed(openPostgresStore({ url }))
}

/** The URL itself, or what stands at its place: it holds a password. */
const urlOf = async (store: string): Promise<string> => {
  const [, kind, name = ""] = /^postgres:(file|env):(.+)$/.exec(store) ?? []
  if (kind === undefined) return store
  if (kind === "file") {
    const text = await readTextFile("store", name)
    await checkMode("store", name)
    return text.trim()
  }
  const text = process.env[name]
  if (text === undefined) throw new StartFailed({ subject: "store", reason: `the environment has no ${name}` })
  return text.trim()
}
