import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { Client } from "pg"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { PostgresStore } from "@postern/as-store-sql/postgres"
import { dropSchema, empty, namedUrl, newSchema, openPostgres, sql } from "./postgres.ts"
import { pauseAt, waiting } from "./postgres-pause.ts"
import { openProxy, type Proxy } from "./postgres-proxy.ts"
import { approve, now, redeem, rotation, sampleClient, token } from "./samples.ts"
import { clockOf } from "../../as-core/test/clock.ts"

const schema = newSchema()
let proxy: Proxy
let store: PostgresStore
beforeAll(async () => {
  proxy = await openProxy(await namedUrl(schema))
  store = await openPostgres({ url: proxy.url, schema, connections: 2, connectTimeout: 300, statementTimeout: 300 })
})
afterEach(() => empty(schema))
afterAll(async () => {
  await Effect.runPromise(store.close)
  await dropSchema(schema)
  await proxy.close()
})

const run = <A>(effect: Effect.Effect<A, unknown>): Promise<A> => Effect.runPromise(effect)

/** Runs an effect whose waits between attempts take no time, and after whose clock nothing else takes any. */
const withoutWaits = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => {
  let millis = 0
  const clock = clockOf(
    () => millis,
    (duration) => Effect.sync(() => void (millis += Duration.toMillis(duration)))
  )
  return Effect.runPromise(Effect.provideService(effect, Clock.Clock, clock))
}

/** Lets so many identifiers fail in the server by a statement, and answers how often one was tried since. */
const failing = async (times: number, statement: string, at = "TRIGGER failing BEFORE") => {
  await sql(`CREATE SEQUENCE "${schema}".tried;
    CREATE FUNCTION "${schema}".fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF nextval('"${schema}".tried') <= ${times} THEN ${statement}; END IF; RETURN NEW; END $$;
    CREATE ${at} INSERT ON "${schema}".spent_ids ${at.startsWith("CONSTRAINT") ? "DEFERRABLE INITIALLY DEFERRED" : ""}
      FOR EACH ROW EXECUTE FUNCTION "${schema}".fail()`)
  return async (): Promise<number> => {
    const [row] = await sql(`SELECT last_value::int AS tried FROM "${schema}".tried`)
    await sql(`DROP FUNCTION "${schema}".fail() CASCADE; DROP SEQUENCE "${schema}".tried`)
    return Number(row?.["tried"])
  }
}

const raise = (code: string) => `RAISE EXCEPTION 'no' USING ERRCODE = '${code}'`
const terminate = "PERFORM pg_terminate_backend(pg_backend_pid())"
const remember = () => store.remember({ idHash: "id", expiresAt: now + 60 }, now)

describe("what the server could not do now is done again:", () => {
  it.each([
    ["a deadlock", raise("40P01")],
    ["a serialization failure", raise("40001")],
    ["a server that is starting", raise("57P03")],
    ["a connection that ends in the middle of a transaction", terminate]
  ])("%s", async (_, statement) => {
    const tried = await failing(2, statement)
    expect(await run(remember())).toBe("Remembered")
    expect(await tried()).toBe(3)
  })

  it("a real deadlock, from whose victim nothing is left", async () => {
    await run(redeem(store, "grant"))
    const registration = { client: sampleClient, registrationTokenHash: "secret" }
    await run(store.addClient(registration, { maximum: 10 }))
    const other = new Client(await namedUrl(`${schema}-other`))
    await other.connect()
    // Whoever does not look for a deadlock is not the one who is told of it.
    await other.query(`SET deadlock_timeout = '1min'; SET search_path = "${schema}"; BEGIN;
      SELECT 1 FROM grants WHERE grant_id = 'grant' FOR UPDATE`)
    const pause = await pauseAt(schema, "AFTER DELETE ON clients")
    const removal = run(store.removeClient({ clientId: "client", registrationTokenHash: "secret", now }))
    await waiting(schema, 1)
    const waits = other.query("SELECT 1 FROM clients WHERE client_id = 'client' FOR UPDATE")
    await waiting(`${schema}-other`, 1)
    await pause.release()
    await waits
    await other.end()
    expect(await removal).toBe("Removed")
    await pause.remove()
    expect((await run(store.findGrant("grant")))?.ended).toBe(true)
  })

  it("at most 12 times", async () => {
    const tried = await failing(1000, raise("40P01"))
    const error = await withoutWaits(Effect.flip(remember()))
    expect(error).toMatchObject({ _tag: "StoreFailed", operation: "remember" })
    const times = await tried()
    expect(times).toBeGreaterThan(5)
    expect(times).toBeLessThanOrEqual(13)
  })

  it("and not what would be the same again", async () => {
    const tried = await failing(1000, raise("23514"))
    expect((await run(Effect.flip(remember())))._tag).toBe("StoreFailed")
    expect(await tried()).toBe(1)
  })

  it.each([
    ["it begins", /BEGIN/],
    ["its answer is kept", /answer next/],
    ["the next token is written", /next[^]*grant-chain/]
  ])("[CON-05] a rotation whose connection is cut before %s", async (_, message) => {
    await run(redeem(store, "grant"))
    const cuts = proxy.cut(message, "before")
    expect(await run(store.rotate(rotation("grant", "grant-token", "next")))).toEqual({ _tag: "Rotated" })
    expect(cuts()).toBe(1)
    expect((await run(store.findRefreshToken("grant-chain")))?.value.tokenHash).toBe("next")
  })

  it("a lookup whose connection is cut", async () => {
    await run(redeem(store, "grant"))
    for (const when of ["before", "after"] as const) {
      const cuts = proxy.cut(/grant-chain/, when)
      expect(await run(store.findRefreshToken("grant-chain"))).toBeDefined()
      expect(cuts()).toBe(1)
    }
  })
})

describe("a COMMIT whose answer does not come is never sent again:", () => {
  it("[CON-05] a rotation that happened is not taken for a theft", async () => {
    await run(redeem(store, "grant"))
    const cuts = proxy.cut(/COMMIT\0/, "after")
    const change = rotation("grant", "grant-token", "next", { until: now })
    expect(await run(Effect.flip(store.rotate(change)))).toMatchObject({ _tag: "StoreFailed", operation: "rotate" })
    expect(cuts()).toBe(1)
    const found = await run(store.findRefreshToken("grant-chain"))
    expect([found?.value.tokenHash, found?.ended]).toEqual(["next", false])
  })

  it("[CON-04] a redemption that happened is not taken for a replay", async () => {
    await run(approve(store, "grant"))
    const cuts = proxy.cut(/COMMIT\0/, "after")
    const change = { codeHash: "grant-code", refreshToken: token("chain", "token", "grant"), now }
    expect((await run(Effect.flip(store.redeem(change))))._tag).toBe("StoreFailed")
    expect(cuts()).toBe(1)
    expect((await run(store.findRefreshToken("chain")))?.ended).toBe(false)
  })

  it("a rotation that did not happen has changed nothing", async () => {
    await run(redeem(store, "grant"))
    const cuts = proxy.cut(/COMMIT\0/, "before")
    const change = rotation("grant", "grant-token", "next")
    expect((await run(Effect.flip(store.rotate(change))))._tag).toBe("StoreFailed")
    expect(cuts()).toBe(1)
    expect((await run(store.findRefreshToken("grant-chain")))?.value.tokenHash).toBe("grant-token")
    expect(await run(store.rotate(change))).toEqual({ _tag: "Rotated" })
  })

  it("a server that stops at it is asked once", async () => {
    const tried = await failing(1, terminate, "CONSTRAINT TRIGGER failing AFTER")
    expect((await run(Effect.flip(remember())))._tag).toBe("StoreFailed")
    expect(await tried()).toBe(1)
    expect(await run(remember())).toBe("Remembered")
  })
})

describe("a store over connections that break or wait", () => {
  it("goes on when all of them broke while nobody used them, and its process with it", async () => {
    await run(Effect.all([store.check, store.check], { concurrency: "unbounded" }))
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${schema}'`)
    expect(await run(remember())).toBe("Remembered")
  })

  it("fails a statement that waits for a lock for too long, and leaves nothing of it", async () => {
    const pause = await pauseAt(schema, "AFTER INSERT ON spent_ids")
    const result = await run(Effect.result(remember()))
    expect(Result.isFailure(result) && result.failure).toMatchObject({ _tag: "StoreFailed", operation: "remember" })
    await pause.goOn()
    expect(await run(remember())).toBe("Remembered")
  })

  it("bounds the wait for a connection", async () => {
    const small = await openPostgres({ url: await namedUrl(schema), schema, connections: 1, connectTimeout: 50 })
    const pause = await pauseAt(schema, "AFTER INSERT ON spent_ids")
    const holding = run(small.remember({ idHash: "id", expiresAt: now + 60 }, now))
    await waiting(schema, 1)
    expect((await withoutWaits(Effect.flip(small.check)))._tag).toBe("StoreFailed")
    await pause.goOn()
    expect(await holding).toBe("Remembered")
    await run(small.close)
  })

  it("takes back what an interrupted caller had begun, and uses the connection again", async () => {
    const small = await openPostgres({ url: await namedUrl(schema), schema, connections: 1 })
    const pause = await pauseAt(schema, "AFTER INSERT ON sessions")
    await run(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(small.addSession({ idHash: "given-up", expiresAt: now + 60 }))
        yield* Effect.promise(() => waiting(schema, 1))
        yield* Fiber.interrupt(fiber)
      })
    )
    const found = run(small.findSession("given-up", now))
    await pause.goOn()
    expect(await found).toBeUndefined()
    const [row] = await sql(
      `SELECT count(*)::int AS held, count(*) FILTER (WHERE state = 'idle')::int AS idle
       FROM pg_stat_activity WHERE application_name = '${schema}' AND backend_start < now()`
    )
    expect(row?.["held"]).toBe(row?.["idle"])
    await run(small.close)
  })
})

describe("a store that is closed", () => {
  it("has committed what was under way, fails every later call at once and may be closed again", async () => {
    const other = await openPostgres({ url: await namedUrl(schema), schema, connections: 1 })
    const results = await run(
      Effect.all(
        [
          ...["a", "b", "c"].map((idHash) => Effect.result(other.addSession({ idHash, expiresAt: now + 1 }))),
          other.close
        ],
        { concurrency: "unbounded" }
      )
    )
    expect(results.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => Result.succeed(undefined)))
    await run(other.close)
    const error = await run(Effect.flip(other.check))
    expect([error._tag, error.message]).toEqual(["StoreFailed", "the store failed at check"])
    expect(await run(store.findSession("c", now))).toBeDefined()
  })
})
