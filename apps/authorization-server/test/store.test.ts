import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { decodeConfiguration } from "@postern/app-authorization-server"
import { dropSchema, postgresUrl, sql } from "../../../packages/as-store-sql/test/postgres.ts"
import { openStore } from "../src/store.ts"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-as-"))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const configured = (store: string) =>
  Result.getOrThrow(
    decodeConfiguration({
      issuer: "http://127.0.0.1:9000",
      listen: { port: 9000 },
      store,
      keys: { encryptionKey: "env:KEY" },
      resources: [{ resource: "http://127.0.0.1:9001/mcp", scopes: { "notes:read": { description: "Read" } } }]
    })
  )

/** Whether a store opens and answers, in production. */
const opens = async (store: string): Promise<void> => {
  vi.stubEnv("NODE_ENV", "production")
  const opened = await openStore(configured(store))
  await Effect.runPromise(Effect.andThen(opened.check, opened.close))
}

describe("a store in PostgreSQL", () => {
  it("is named by its URL, by the environment or by a file, and makes its schema", async () => {
    const url = await postgresUrl()
    vi.stubEnv("DATABASE_URL", url)
    const path = join(folder, "database.url")
    await writeFile(path, `${url}\n`, { mode: 0o600 })
    for (const store of [url, "postgres:env:DATABASE_URL", `postgres:file:${path}`]) await opens(store)
    expect(await sql("SELECT min(version)::int AS first FROM postern.postern_schema")).toEqual([{ first: 0 }])
    await dropSchema("postern")
  })

  it("does not start with a place that is not there or that everybody may read", async () => {
    const path = join(folder, "database.url")
    await expect(opens("postgres:env:NOWHERE")).rejects.toMatchObject({
      subject: "store",
      reason: "the environment has no NOWHERE"
    })
    await expect(opens(`postgres:file:${path}`)).rejects.toMatchObject({ subject: "store" })
    await writeFile(path, "postgres://127.0.0.1/notes")
    await chmod(path, 0o644)
    await expect(opens(`postgres:file:${path}`)).rejects.toMatchObject({
      reason: `${path} may be read by everybody; take that right away (chmod 600)`
    })
  })

  it("says why it does not open, without the password", async () => {
    const url = new URL(await postgresUrl())
    url.password = "hunter2"
    const error: unknown = await opens(url.href).catch((one: unknown) => one)
    expect(String(error)).toContain(`the store postgres://${url.host}/postgres cannot be opened`)
    expect(String(error)).not.toContain("hunter2")
    vi.stubEnv("DATABASE_URL", "hunter2")
    const other: unknown = await opens("postgres:env:DATABASE_URL").catch((one: unknown) => one)
    expect(String(other)).toContain("this is no URL of a PostgreSQL database")
    expect(String(other)).not.toContain("hunter2")
  })
})
