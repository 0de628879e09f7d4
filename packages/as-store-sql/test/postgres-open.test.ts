import { once } from "node:events"
import { createServer } from "node:net"
import { setTimeout } from "node:timers/promises"
import { inspect } from "node:util"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Client } from "pg"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from "vitest"
import {
  openPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
  PostgresUnavailable,
  type PostgresUnavailableReason
} from "@postern/as-store-sql/postgres"
import { dropSchema, newSchema, openPostgres, postgresUrl, sql } from "./postgres.ts"
import { openProxy } from "./postgres-proxy.ts"
import { approve, now, sampleClient } from "./samples.ts"

let url: string
let schema: string
beforeAll(async () => {
  url = await postgresUrl()
})
beforeEach(() => {
  schema = newSchema()
})
afterEach(() => dropSchema(schema))

const changed = (change: (url: URL) => void): string => {
  const other = new URL(url)
  change(other)
  return other.href
}

/** Why a store does not open; the waits between attempts take no time. */
const refusal = (options: Partial<PostgresStoreOptions> = {}): Promise<PostgresUnavailable> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(openPostgresStore({ url, schema, ...options })))
      while (fiber.pollUnsafe() === undefined) {
        yield* TestClock.adjust("500 millis")
        yield* Effect.promise(() => setTimeout(1))
      }
      return yield* Fiber.join(fiber)
    }).pipe(Effect.provide(TestClock.layer()))
  )

const close = (store: PostgresStore) => Effect.runPromise(store.close)

describe("a PostgreSQL store that cannot be opened says which one and why:", () => {
  it("its type is a failure with a closed list of reasons", () => {
    expectTypeOf(openPostgresStore).returns.toEqualTypeOf<Effect.Effect<PostgresStore, PostgresUnavailable>>()
    expectTypeOf<PostgresUnavailable["reason"]>().toEqualTypeOf<PostgresUnavailableReason>()
  })

  it("nobody listens", async () => {
    const error = await refusal({ url: "postgres://alice:hunter2@127.0.0.1:1/notes?sslmode=disable" })
    expect(error).toMatchObject({
      _tag: "PostgresUnavailable",
      kind: "failure",
      database: "postgres://127.0.0.1:1/notes",
      reason: "unreachable"
    })
    expect(error.message).toBe("the store postgres://127.0.0.1:1/notes cannot be opened: its server cannot be reached")
  })

  it("whoever listens says nothing", async () => {
    const server = createServer((socket) => socket.resume())
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    expect(await refusal({ url: `postgres://127.0.0.1:${port}/x`, connectTimeout: 50 })).toMatchObject({
      reason: "unreachable"
    })
    await new Promise((resolve) => server.close(resolve))
  })

  it("whoever listens speaks no TLS", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined)
      socket.once("data", () => {
        socket.write("S")
        socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      })
    }).listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    expect(await refusal({ url: `postgres://127.0.0.1:${port}/x?sslmode=verify-full` })).toMatchObject({
      reason: "tls"
    })
    server.close()
  })

  it("the certificate of the authority is not where the URL says", async () => {
    const error = await refusal({ url: "postgres://127.0.0.1:1/x?sslmode=verify-full&sslrootcert=/nowhere/ca.pem" })
    expect(error).toMatchObject({ reason: "tls" })
  })

  it("its user or password is not accepted", async () => {
    const wrong = changed((other) => {
      other.password = "hunter2"
    })
    expect(await refusal({ url: wrong })).toMatchObject({ reason: "authentication" })
  })

  it("there is no such database", async () => {
    const absent = changed((other) => {
      other.pathname = "/absent"
    })
    const error = await refusal({ url: absent })
    expect(error).toMatchObject({ reason: "database-missing" })
    expect(error.message).toMatch(/\/absent cannot be opened: there is no such database$/)
  })

  it.each(["", "notes", "mysql://alice:hunter2@host/db", "postgres://alice:hunter2@ho st/db", "postgres://a:b@h:x/d"])(
    "%j is no URL of PostgreSQL",
    async (wrong) => {
      expect(await refusal({ url: wrong })).toMatchObject({ reason: "url-invalid", database: "(not named)" })
    }
  )

  it.each(["", "1a", "a b", `a"; DROP SCHEMA public; --`, "a".repeat(64), "é"])(
    "%j is no name of a schema",
    async (name) => {
      expect(await refusal({ schema: name })).toMatchObject({ reason: "schema-invalid" })
    }
  )

  it("its server has no connection left, and is asked again for a while", async () => {
    const role = newSchema()
    await sql(`CREATE ROLE ${role} LOGIN PASSWORD 'x' CONNECTION LIMIT 0`)
    const limited = changed((other) => {
      other.username = role
      other.password = "x"
    })
    expect(await refusal({ url: limited })).toMatchObject({ reason: "not-ready" })
    await sql(`ALTER ROLE ${role} CONNECTION LIMIT 10; GRANT CREATE ON DATABASE postgres TO ${role}`)
    await close(await openPostgres({ url: limited, schema }))
    await dropSchema(schema)
    await sql(`REVOKE CREATE ON DATABASE postgres FROM ${role}; DROP ROLE ${role}`)
  })

  it("its user may not make the schema", async () => {
    const role = newSchema()
    await sql(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`)
    const powerless = changed((other) => {
      other.username = role
      other.password = "x"
    })
    const error = await refusal({ url: powerless })
    expect(error).toMatchObject({ reason: "permission" })
    expect(error.message).toMatch(/cannot be opened: this user may not do what is needed$/)
    await sql(`DROP ROLE ${role}`)
  })

  it("the database has another encoding", async () => {
    const name = newSchema()
    await sql(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' TEMPLATE template0 STRATEGY file_copy`)
    const other = changed((one) => {
      one.pathname = `/${name}`
    })
    expect(await refusal({ url: other })).toMatchObject({ reason: "encoding" })
    await sql(`DROP DATABASE ${name} WITH (FORCE)`)
  })

  it("the schema holds tables of something else, and is left as it was", async () => {
    await sql(`CREATE SCHEMA "${schema}"; CREATE TABLE "${schema}".letters (text text)`)
    const error = await refusal()
    expect(error).toMatchObject({ reason: "foreign-schema" })
    expect(error.message).toMatch(/cannot be opened: its schema holds tables of something else$/)
    const rows = await sql(`SELECT relname FROM pg_class WHERE relnamespace = '"${schema}"'::regnamespace`)
    expect(rows).toEqual([{ relname: "letters" }])
  })

  it("its schema is newer than this program, and is left as it was", async () => {
    await close(await openPostgres({ schema }))
    await sql(`INSERT INTO "${schema}".postern_schema (version) VALUES (1000); DROP TABLE "${schema}".spent_ids`)
    const error = await refusal()
    expect(error).toMatchObject({ reason: "newer-schema" })
    expect(error.message).toMatch(/cannot be opened: its schema is newer than this program knows$/)
    expect(await sql(`SELECT to_regclass('"${schema}".spent_ids') AS there`)).toEqual([{ there: null }])
  })

  it("another process leads it forward for too long", async () => {
    await close(await openPostgres({ schema }))
    const holder = new Client(url)
    await holder.connect()
    await holder.query(`BEGIN; LOCK TABLE "${schema}".postern_schema`)
    const error = await refusal({ statementTimeout: 100 })
    await holder.end()
    expect(error).toMatchObject({ reason: "busy" })
  })

  it("and never with what the URL keeps secret", async () => {
    const secrets = ["hunter2", "alice"]
    const errors = [
      await refusal({ url: "postgres://alice:hunter2@127.0.0.1:1/x" }),
      await refusal({ url: "postgres://127.0.0.1:1/x?user=alice&password=hunter2" }),
      await refusal({ url: "postgres://alice:hunter2@ho st/x" }),
      await refusal({ url: "postgres://alice:hunter2@127.0.0.1:1/x", schema: "a b" }),
      await refusal({ url: changed((other) => (other.password = "hunter2")) })
    ]
    for (const error of errors) {
      expect(error).toBeInstanceOf(PostgresUnavailable)
      const told = [error.message, String(error.stack), JSON.stringify(error), inspect(error, { depth: 9 })].join()
      for (const secret of secrets) expect(told).not.toContain(secret)
    }
  })
})

describe("a PostgreSQL store", () => {
  it("keeps a schema that it knows and what it holds", async () => {
    const first = await openPostgres({ schema })
    await Effect.runPromise(approve(first, "grant"))
    await close(first)
    const second = await openPostgres({ schema })
    const found = await Effect.runPromise(second.findCode("grant-code"))
    await close(second)
    expect(found?.grant.subject).toBe("alice")
  })

  it("leads the schema of an older program forward", async () => {
    await sql(`CREATE SCHEMA "${schema}"; CREATE TABLE "${schema}".postern_schema (version BIGINT PRIMARY KEY);
      INSERT INTO "${schema}".postern_schema VALUES (0)`)
    const store = await openPostgres({ schema })
    expect(await Effect.runPromise(store.remember({ idHash: "id", expiresAt: now + 60 }, now))).toBe("Remembered")
    await close(store)
  })

  it("shares a database with others, each in a schema of its own", async () => {
    const other = newSchema()
    const stores = [await openPostgres({ schema }), await openPostgres({ schema: other })] as const
    const id = { idHash: "id", expiresAt: now + 60 }
    expect(await Effect.runPromise(stores[0].remember(id, now))).toBe("Remembered")
    expect(await Effect.runPromise(stores[1].remember(id, now))).toBe("Remembered")
    for (const store of stores) await close(store)
    await dropSchema(other)
  })

  it("is opened by five at once", async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => openPostgres({ schema, connections: 1 })))
    for (const store of stores) await close(store)
    const rows = await sql(`SELECT count(*) = max(version) + 1 AS once FROM "${schema}".postern_schema`)
    expect(rows).toEqual([{ once: true }])
  })

  it("waits for a server whose connections break off", async () => {
    const proxy = await openProxy(url)
    const cuts = proxy.cut(/SELECT/, "before")
    await close(await openPostgres({ url: proxy.url, schema }))
    expect(cuts()).toBe(1)
    await proxy.close()
  })
})

describe("text with U+0000, which PostgreSQL has not,", () => {
  let store: PostgresStore
  const own = newSchema()
  beforeAll(async () => {
    store = await openPostgres({ schema: own })
  })
  afterAll(async () => {
    await close(store)
    await dropSchema(own)
  })
  const nul = "a\0b"

  it("is found nowhere", async () => {
    const { resource, scope } = { resource: "https://mcp.example/mcp", scope: "notes:read" }
    const allowance = { resource, scope, to: { kind: "client", id: "client" }, by: "admin", createdAt: now } as const
    await Effect.runPromise(store.addAllowance(allowance))
    const found = await Effect.runPromise(
      Effect.all([
        store.findClient(nul),
        store.findRegistration(nul),
        store.findSession(nul, now),
        store.findInteraction(nul, now),
        store.findConsents({ subject: nul, clientId: nul, resources: [nul], now }),
        store.findCode(nul),
        store.findRefreshToken(nul),
        store.findGrant(nul),
        store.isRemembered(nul, now),
        store.redeem({ codeHash: nul, now }),
        store.deny({ interactionHash: nul, sessionHash: nul, now }),
        store.findAllowances({ clientId: "client", subject: nul })
      ])
    )
    expect(found).toEqual([
      ...Array.from({ length: 4 }, () => undefined),
      [],
      ...Array.from({ length: 3 }, () => undefined),
      false,
      "Stale",
      "Gone",
      [allowance]
    ])
  })

  it("is not stored, and nothing with it", async () => {
    const session = { idHash: nul, expiresAt: now + 60 }
    expect((await Effect.runPromise(Effect.flip(store.addSession(session))))._tag).toBe("StoreFailed")
    expect(await Effect.runPromise(store.check)).toBeUndefined()
  })

  it("is kept where it lies inside of what is written as JSON", async () => {
    const client = { ...sampleClient, name: nul }
    await Effect.runPromise(store.addClient({ client }, { maximum: 10 }))
    expect((await Effect.runPromise(store.findClient("client")))?.name).toBe(nul)
  })
})
