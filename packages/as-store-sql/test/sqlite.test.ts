import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { randomText, sha256Text } from "@postern/bytes"
import { runCheck, storeChecks } from "@postern/as-core/contract"
import type { SqliteStore } from "@postern/as-store-sql"
import { open, openInFile, openInMemory, temporaryFolder } from "./open.ts"
import { approve, now, sampleClient, token } from "./samples.ts"

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

describe("every store of this package", () => {
  it("[CON-03] holds every check of the contract, in memory and in a file", async () => {
    for (const openStore of [openInMemory, openInFile]) {
      for (const check of storeChecks) {
        expect({ [check.name]: await runCheck(check, openStore) }).toEqual({ [check.name]: [] })
      }
    }
  })

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
              memory.redeem({ codeHash: `${name}-code`, refreshToken: token(`${name}-${caller}`, name), now })
            ),
            { concurrency: "unbounded" }
          )
          const winner = outcomes.indexOf("Used")
          const bought = yield* memory.findRefreshToken(`${name}-${winner}`)
          return [
            outcomes.filter((outcome) => outcome === "Used").length,
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
    const change = Effect.runPromise(store.addClient(sampleClient, { maximum: 1 })).then((outcome) => {
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
    expect(await change).toBe("Added")
  })

  it("for longer than five seconds is a StoreFailed, and nothing is changed later", async () => {
    const holder = new DatabaseSync(path)
    holder.exec("BEGIN IMMEDIATE")
    const error = await Effect.runPromise(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.flip(store.addClient(sampleClient, { maximum: 1 })))
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

describe("a damaged row", () => {
  it("is a StoreFailed that names the field, not its content, and spoils no other", async () => {
    await Effect.runPromise(store.addClient(sampleClient, { maximum: 10 }))
    await Effect.runPromise(approve(store, "grant"))
    for (const [damage, field] of [
      [`{"clientId":7}`, "clientId"],
      [`[]`, "client"],
      [JSON.stringify({ ...sampleClient, origin: "elsewhere" }), "origin"],
      [JSON.stringify({ ...sampleClient, redirectUris: ["a", 1] }), "redirectUris"],
      [JSON.stringify({ ...sampleClient, grantTypes: "refresh_token" }), "grantTypes"],
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
    const change = { codeHash: "mine-code", refreshToken: token("token", "theirs"), now }
    expect((await Effect.runPromise(Effect.flip(store.redeem(change))))._tag).toBe("StoreFailed")
    expect((await Effect.runPromise(store.findCode("mine-code")))?.used).toBe(false)
    expect(await Effect.runPromise(store.findRefreshToken("token"))).toBeUndefined()
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
    const secret = Effect.gen(function* () {
      const value = yield* randomText()
      const hash = yield* sha256Text(value)
      values.push(value)
      hashes.push(hash)
      return hash
    })
    await Effect.runPromise(
      Effect.gen(function* () {
        for (let flow = 0; flow < 20; flow++) {
          const name = `grant-${flow}`
          const client = { ...sampleClient, clientId: `client-${flow}`, secretHash: yield* secret }
          yield* store.addClient(client, { maximum: 100 })
          const code = yield* secret
          yield* approve(store, name, { session: yield* secret, code })
          let current = yield* secret
          yield* store.redeem({ codeHash: code, refreshToken: token(current, name), now })
          for (let step = 0; step < 3; step++) {
            const next = yield* secret
            yield* store.rotate({ tokenHash: current, next: token(next, name), now })
            current = next
          }
        }
      })
    )
    expect(values).toHaveLength(20 * 7)
    for (const hash of hashes) expect(dump()).toContain(hash)
    for (const value of values) expect(dump()).not.toContain(value)
    await Effect.runPromise(store.close)
    for (const value of values) expect(dump()).not.toContain(value)
  })
})
