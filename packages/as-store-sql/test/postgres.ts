import { randomUUID } from "node:crypto"
import { createConnection } from "node:net"
import { text } from "node:stream/consumers"
import * as Effect from "effect/Effect"
import { Client, type QueryResult } from "pg"
import { inject } from "vitest"
import type { OpenedStore } from "@postern/as-core/contract"
import { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from "@postern/as-store-sql/postgres"

/** The URL of the run's server, which is started when this is asked for the first time. */
export const postgresUrl = async (): Promise<string> => {
  const url = await text(createConnection(inject("postgres")))
  if (!url.startsWith("postgres")) throw new Error(url)
  return url
}

/** Runs statements beside the stores. */
export const sql = async (statements: string): Promise<ReadonlyArray<Record<string, unknown>>> => {
  const client = new Client(await postgresUrl())
  await client.connect()
  try {
    const result: unknown = await client.query(statements)
    return Array.isArray(result) ? [] : (result as QueryResult).rows
  } finally {
    await client.end()
  }
}

/** The URL whose connections carry a name, to be found by it. */
export const namedUrl = async (name: string): Promise<string> => {
  const url = new URL(await postgresUrl())
  url.searchParams.set("application_name", name)
  return url.href
}

/** A name for a schema that nobody else has. */
export const newSchema = (): string => `test_${randomUUID().replaceAll("-", "")}`

export const dropSchema = (schema: string) => sql(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)

export const openPostgres = async (
  options: Omit<PostgresStoreOptions, "url"> & { readonly url?: string }
): Promise<PostgresStore> => Effect.runPromise(openPostgresStore({ url: await postgresUrl(), ...options }))

/** Removes all rows of a schema, which takes less than making it anew. */
export const empty = async (schema: string): Promise<void> => {
  const tables = await sql(`SELECT relname AS name FROM pg_class WHERE relkind = 'r'
    AND relname <> 'postern_schema' AND relnamespace = '"${schema}"'::regnamespace`)
  await sql(tables.map(({ name }) => `DELETE FROM "${schema}"."${String(name)}"`).join(";"))
}

/** Opens one store after the other over one schema, empty ones, for the contract. */
export const makeOpenEmpty = (schema: string): (() => Promise<OpenedStore>) => {
  let store: PostgresStore | undefined
  const open = async (): Promise<PostgresStore> => (store ??= await openPostgres({ schema, connections: 8 }))
  const close = async (): Promise<void> => {
    if (store !== undefined) await Effect.runPromise(store.close)
    store = undefined
  }
  return async () => ({
    store: await open(),
    reopen: async () => {
      await close()
      return open()
    },
    close: () => empty(schema)
  })
}
