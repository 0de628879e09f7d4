import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync, StatementSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"
import * as TestClock from "effect/testing/TestClock"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { randomText, sha256Text } from "@postern/bytes"
import { runCheck, storeChecks } from "@postern/as-core/contract"
import type { SqliteStore } from "@postern/as-store-sql"
import { open, openInMemory, temporaryFolder } from "./open.ts"
import { approve, now, redeem, rotation, sampleClient, token } from "./samples.ts"

let folder: ReturnType<typeof temporaryFolder>
let path: string
let store: SqliteStore
beforeEach(async () => {
  folder = temporaryFolder()
  path = join(folder.path, "store.sqlite")
  store = await open({ path, durability: "process" })
})
afterEach(async () => {
  await Effect.runPromise(store.close)
  folder.remove()
})

/** What a second connection does to the file. */
const elsewhere = (sql: string): void => {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

const sessions = (names: ReadonlyArray<string>) =>
  names.map((idHash) => store.addSession({ idHash, expiresAt: now + 3600 }))

const eventually = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

describe("a store in memory", () => {
  it(
    "[CON-01] gives one of 64 redemptions of a code at once the tokens, in each of 1000 rounds",
    { timeout: 120_000 },
    async () => {
      const memory = await open({ path: ":memory:" })
      const round = (index: number) =>
        Effect.gen(function* () {
          const name = `grant-${index}`
          yield* approve(memory, name)
          const outcomes = yield* Effect.all(
            Array.from({ length: 64 }, (_, caller) =>
              memory.redeem({
                codeHash: `${name}-code`,
                refreshToken: token(`${name}-${caller}`, `${name}-${caller}`, name),
                now
              })
            ),
            { concurrency: "unbounded" }
          )
          const winner = outcomes.indexOf("Redeemed")
          const bought = yield* memory.findRefreshToken(`${name}-${winner}`)
          return [
            outcomes.filter((outcome) => outcome === "Redeemed").length,
            outcomes.filter((outcome) => outcome === "Replayed").length,
            // What the winner got ends with the grant: it was used twice.
            bought?.ended
          ]
        })
      const rounds = await Effect.runPromise(
        Effect.forEach(
          Array.from({ length: 1000 }, (_, index) => index),
          round
        )
      )
      expect(new Set(rounds.map((one) => JSON.stringify(one)))).toEqual(new Set(["[1,63,true]"]))
      await Effect.runPromise(memory.close)
    }
  )
})

describe("a refresh token that is rotated often", () => {
  /** How many rows there are of each kind that a grant has, and the pages that hold them. */
  const room = () => {
    const database = new DatabaseSync(path)
    const count = (table: string) => database.prepare(`SELECT COUNT(*) AS rows FROM ${table}`).get()?.["rows"]
    const pages = database.prepare("PRAGMA page_count").get()?.["page_count"]
    const rows = [count("grants"), count("codes"), count("refresh_tokens"), count("answers")]
    database.close()
    return { rows, pages }
  }

  it("takes no more room than one that was rotated once, when the answers have left", async () => {
    await Effect.runPromise(redeem(store, "grant"))
    const rotate = (from: number, to: number) =>
      Effect.gen(function* () {
        for (let step = from; step < to; step++) {
          const at = { now: now + step, until: now + step + 10 }
          const { _tag } = yield* store.rotate(
            rotation("grant", step === 0 ? "grant-token" : `${step}`, `${step + 1}`, at)
          )
          expect(_tag).toBe("Rotated")
          yield* store.purge(now + step, 100)
        }
      })
    await Effect.runPromise(rotate(0, 20))
    const before = room()
    expect(before.rows).toEqual([1, 1, 1, 10])
    await Effect.runPromise(rotate(20, 300))
    expect(room()).toEqual(before)
    await Effect.runPromise(store.purge(now + 400, 100))
    expect(room().rows).toEqual([1, 1, 1, 0])
  })
})

describe("the statements of every method", () => {
  it("find their rows by an index, apart from the count and the oldest ones at a ceiling", async () => {
    const prepare = vi.spyOn(DatabaseSync.prototype, "prepare")
    try {
      for (const check of storeChecks) await runCheck(check, openInMemory)
      const texts = new Set(prepare.mock.calls.map(([sql]) => sql))
      const database = new DatabaseSync(path)
      const scans = [...texts]
        .filter((sql) => /^(?:SELECT|UPDATE|DELETE|INSERT)/.test(sql) && !/postern_schema|sqlite_schema/.test(sql))
        .flatMap((sql) => {
          const parameters = Array.from(sql.matchAll(/\?/g), () => null)
          const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters)
          return plan.map((row) => `${String(row["detail"])} <- ${sql}`)
        })
        .filter((line) =>
          /^SCAN (?![^]*(?:COUNT\(\*\)|ORDER BY (?:unused_until NULLS FIRST, )?sequence LIMIT))/.test(line)
        )
      database.close()
      expect(texts.size).toBeGreaterThan(50)
      expect(scans).toEqual([])
    } finally {
      prepare.mockRestore()
    }
  })
})

describe("the durability", () => {
  it.for([
    ["process", { durability: "process" }, 1],
    ["power", { durability: "power" }, 2],
    ["power, unless told,", {}, 2]
  ] as const)("%s is how far SQLite waits for the disk", async ([, durability, level]) => {
    const exec = vi.spyOn(DatabaseSync.prototype, "exec")
    try {
      const opened = await open({ path: join(folder.path, "other.sqlite"), ...durability })
      const database = exec.mock.contexts.at(-1)
      if (!(database instanceof DatabaseSync)) throw new Error("node:sqlite has changed")
      expect(database.prepare("PRAGMA synchronous").get()?.["synchronous"]).toBe(level)
      expect(database.prepare("PRAGMA journal_mode").get()?.["journal_mode"]).toBe("wal")
      await Effect.runPromise(opened.close)
    } finally {
      exec.mockRestore()
    }
  })
})

describe("a group of changes", () => {
  const walBytes = (): number => statSync(`${path}-wal`).size

  it("is one transaction: it writes far less than the same changes one after another", async () => {
    const names = (prefix: string) => Array.from({ length: 48 }, (_, index) => `${prefix}-${index}`)
    await Effect.runPromise(store.addSession({ idHash: "first", expiresAt: now + 3600 }))
    const before = walBytes()
    await Effect.runPromise(Effect.all(sessions(names("together")), { concurrency: "unbounded" }))
    const together = walBytes() - before
    await Effect.runPromise(Effect.all(sessions(names("alone"))))
    const alone = walBytes() - before - together
    expect(alone).toBeGreaterThan(10 * together)
  })

  it("holds what comes in the next turns of the event loop, and is committed while more comes", async () => {
    const turns = 48
    const spy = vi.spyOn(StatementSync.prototype, "run")
    const answers: Array<Promise<void>> = []
    try {
      let answered = 0
      for (const session of sessions(Array.from({ length: turns }, (_, index) => `turn-${index}`))) {
        answers.push(Effect.runPromise(session).then(() => void (answered += 1)))
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(answered).toBeGreaterThan(turns / 2)
      await Promise.all(answers)
      const commits = spy.mock.contexts.filter((one) => one instanceof StatementSync && one.sourceSQL === "COMMIT")
      expect(commits.length).toBeLessThan(turns / 4)
    } finally {
      spy.mockRestore()
    }
  })

  it("is answered when another process can see it", async () => {
    await Effect.runPromise(Effect.all(sessions(["a", "b", "c"]), { concurrency: "unbounded" }))
    const database = new DatabaseSync(path, { readOnly: true })
    expect(database.prepare("SELECT COUNT(*) AS count FROM sessions").get()?.["count"]).toBe(3)
    database.close()
  })

  it("larger than one transaction is committed wholly", async () => {
    const names = Array.from({ length: 200 }, (_, index) => `session-${index}`)
    await Effect.runPromise(Effect.all(sessions(names), { concurrency: "unbounded" }))
    const last = await Effect.runPromise(store.findSession("session-199", now))
    expect(last?.idHash).toBe("session-199")
  })

  it("does not hold a change whose caller gave up before it ran", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(store.addSession({ idHash: "given-up", expiresAt: now + 1 }), {
          startImmediately: true
        })
        yield* Fiber.interrupt(fiber)
      })
    )
    await Effect.runPromise(store.addSession({ idHash: "kept", expiresAt: now + 1 }))
    expect(await Effect.runPromise(store.findSession("given-up", now))).toBeUndefined()
    expect(await Effect.runPromise(store.findSession("kept", now))).toBeDefined()
  })
})

describe("a database that another process writes", () => {
  it("is waited for while the event loop goes on, and is read meanwhile", async () => {
    const holder = new DatabaseSync(path)
    holder.exec("BEGIN IMMEDIATE")
    let answered = false
    const change = Effect.runPromise(store.addClient({ client: sampleClient }, { maximum: 1 })).then((outcome) => {
      answered = true
      return outcome
    })
    let turns = 0
    const waiting = setInterval(() => (turns += 1), 1)
    await eventually(() => turns >= 20)
    clearInterval(waiting)
    expect(answered).toBe(false)
    expect(await Effect.runPromise(store.findClient("client"))).toBeUndefined()
    holder.exec("COMMIT")
    holder.close()
    expect(await change).toEqual({ _tag: "Added" })
  })

  it("for longer than five seconds is a StoreFailed, and nothing is changed later", async () => {
    const holder = new DatabaseSync(path)
    holder.exec("BEGIN IMMEDIATE")
    const error = await Effect.runPromise(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.flip(store.addClient({ client: sampleClient }, { maximum: 1 })))
        while (fiber.pollUnsafe() === undefined) {
          yield* TestClock.adjust("500 millis")
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        }
        return yield* Fiber.join(fiber)
      }).pipe(Effect.provide(TestClock.layer()))
    )
    expect(error).toMatchObject({ _tag: "StoreFailed", kind: "failure", operation: "addClient" })
    expect(error.message).toBe("the store failed at addClient")
    holder.exec("COMMIT")
    holder.close()
    expect(await Effect.runPromise(store.findClient("client"))).toBeUndefined()
  })
})

describe("a call", () => {
  it("is one span for a tracer that somebody has provided", async () => {
    const names: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        names.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    await Effect.runPromise(store.check)
    await Effect.runPromise(Effect.withTracer(store.check, tracer))
    await Effect.runPromise(Effect.withTracer(store.addSession({ idHash: "traced", expiresAt: now + 1 }), tracer))
    expect(names).toEqual(["as-store-sql.check", "as-store-sql.addSession"])
  })
})

describe("a damaged row", () => {
  it("is a StoreFailed that names the field, not its content, and spoils no other", async () => {
    await Effect.runPromise(store.addClient({ client: sampleClient }, { maximum: 10 }))
    await Effect.runPromise(approve(store, "grant"))
    for (const [damage, field] of [
      [`{"clientId":7}`, "clientId"],
      [`[]`, "client"],
      [JSON.stringify({ ...sampleClient, origin: "elsewhere" }), "origin"],
      [JSON.stringify({ ...sampleClient, redirectUris: ["a", 1] }), "redirectUris"],
      [JSON.stringify({ ...sampleClient, grantTypes: "refresh_token" }), "grantTypes"],
      [JSON.stringify({ ...sampleClient, dpopBoundAccessTokens: "yes" }), "dpopBoundAccessTokens"],
      [JSON.stringify({ ...sampleClient, createdAt: 1.5 }), "createdAt"]
    ] as const) {
      elsewhere(`UPDATE clients SET client = '${damage}'`)
      const error = await Effect.runPromise(Effect.flip(store.findClient("client")))
      expect(error).toMatchObject({ _tag: "StoreFailed", operation: "findClient" })
      expect(error.cause).toEqual(new Error(`the stored field "${field}" has the wrong type`))
    }
    elsewhere("UPDATE clients SET client = 'no json'")
    expect((await Effect.runPromise(Effect.flip(store.findClient("client"))))._tag).toBe("StoreFailed")
    expect((await Effect.runPromise(store.findCode("grant-code")))?.grant.scope).toEqual(["notes:read"])
  })
})

describe("a refresh token for another grant than that of what bought it", () => {
  it("is refused, and nothing is used", async () => {
    await Effect.runPromise(Effect.all([approve(store, "mine"), approve(store, "theirs")]))
    const change = { codeHash: "mine-code", refreshToken: token("chain", "token", "theirs"), now }
    expect((await Effect.runPromise(Effect.flip(store.redeem(change))))._tag).toBe("StoreFailed")
    expect((await Effect.runPromise(store.findCode("mine-code")))?.used).toBe(false)
    expect(await Effect.runPromise(store.findRefreshToken("chain"))).toBeUndefined()
  })
})

describe("the files of a store", () => {
  it("hold the hashes of codes, tokens, secrets and session ids, and none of their values", async () => {
    const dump = (): string =>
      readdirSync(folder.path)
        .map((name) => readFileSync(join(folder.path, name), "latin1"))
        .join("\n")
    const values: Array<string> = []
    const hashes: Array<string> = []
    const hashOf = (value: string) =>
      Effect.gen(function* () {
        const hash = yield* sha256Text(value)
        values.push(value)
        hashes.push(hash)
        return hash
      })
    const secret = Effect.flatMap(randomText(), hashOf)
    await Effect.runPromise(
      Effect.gen(function* () {
        for (let flow = 0; flow < 20; flow++) {
          const name = `grant-${flow}`
          const client = { ...sampleClient, clientId: `client-${flow}`, secretHash: yield* secret }
          yield* store.addClient({ client, registrationTokenHash: yield* secret }, { maximum: 100 })
          const code = yield* secret
          yield* approve(store, name, { session: yield* secret, code })
          const chain = yield* randomText(16)
          const chainHash = yield* hashOf(chain)
          const nextToken = Effect.flatMap(randomText(), (one) => hashOf(chain + one))
          let current = yield* nextToken
          yield* store.redeem({ codeHash: code, refreshToken: token(chainHash, current, name), now })
          for (let step = 0; step < 3; step++) {
            const next = yield* nextToken
            yield* store.rotate({ ...rotation(name, current, next), chainHash })
            current = next
          }
        }
      })
    )
    expect(values).toHaveLength(20 * 9)
    const written = dump()
    for (const hash of hashes) expect(written).toContain(hash)
    for (const value of values) expect(written).not.toContain(value)
    await Effect.runPromise(store.close)
    const closed = dump()
    for (const value of values) expect(closed).not.toContain(value)
  })
})
