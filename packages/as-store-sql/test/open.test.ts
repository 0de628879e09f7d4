import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest"
import { openSqliteStore, type SqliteStore, type StoreUnavailable, type UnavailableReason } from "@postern/as-store-sql"
import { open, temporaryFolder } from "./open.ts"
import { approve, now, sampleClient } from "./samples.ts"

let folder: ReturnType<typeof temporaryFolder>
let path: string
beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder.path, "store.sqlite")
})
afterEach(() => folder.remove())

const refusal = async (where: string): Promise<StoreUnavailable> => {
  const result = await Effect.runPromise(Effect.result(openSqliteStore({ path: where })))
  if (Result.isSuccess(result)) throw new Error("the store opened")
  return result.failure
}

const close = (store: SqliteStore) => Effect.runPromise(store.close)

describe("a store that cannot be opened says which one and why:", () => {
  it("its type is a failure with a closed list of reasons", () => {
    expectTypeOf(openSqliteStore).returns.toEqualTypeOf<Effect.Effect<SqliteStore, StoreUnavailable>>()
    expectTypeOf<StoreUnavailable["reason"]>().toEqualTypeOf<UnavailableReason>()
  })

  it("the directory is missing", async () => {
    const missing = join(folder.path, "no", "store.sqlite")
    const error = await refusal(missing)
    expect(error).toMatchObject({
      _tag: "StoreUnavailable",
      kind: "failure",
      path: missing,
      reason: "directory-missing"
    })
    expect(error.message).toBe(`the store ${missing} cannot be opened: its directory does not exist`)
  })

  it("a file stands where the directory should be", async () => {
    writeFileSync(path, "")
    expect(await refusal(join(path, "store.sqlite"))).toMatchObject({ reason: "directory-missing" })
  })

  it("it is a directory", async () => {
    mkdirSync(path)
    expect(await refusal(path)).toMatchObject({ path, reason: "not-a-database" })
  })

  it("it is not a database, and its content is left as it was", async () => {
    const text = "This is a letter and no database.\n".repeat(100)
    writeFileSync(path, text, { mode: 0o644 })
    const error = await refusal(path)
    expect(error).toMatchObject({ path, reason: "not-a-database" })
    expect(error.message).toBe(`the store ${path} cannot be opened: it is not an SQLite database`)
    expect(readFileSync(path, "utf8")).toBe(text)
    expect(statSync(path).mode & 0o777).toBe(0o644)
  })

  it("it is a database of something else, which is left as it was", async () => {
    const other = new DatabaseSync(path)
    other.exec("CREATE TABLE letters (text TEXT)")
    other.close()
    const before = readFileSync(path)
    const error = await refusal(path)
    expect(error).toMatchObject({ path, reason: "foreign-database" })
    expect(error.message).toBe(`the store ${path} cannot be opened: it is a database of something else`)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it("its schema is newer than this program, and it is left as it was", async () => {
    await close(await open({ path }))
    const database = new DatabaseSync(path)
    database.exec("INSERT INTO postern_schema (version) VALUES (1000)")
    database.close()
    const before = readFileSync(path)
    const error = await refusal(path)
    expect(error).toMatchObject({ path, reason: "newer-schema" })
    expect(error.message).toBe(`the store ${path} cannot be opened: its schema is newer than this program knows`)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it("this process may not read it", async () => {
    await close(await open({ path }))
    const program = fileURLToPath(new URL("./opener.ts", import.meta.url))
    const privileged = process.getuid?.() === 0
    // Root may read everything: then somebody else tries.
    if (privileged) chmodSync(folder.path, 0o755)
    else chmodSync(path, 0o000)
    const child = spawnSync(process.execPath, ["--conditions=@postern/source", program, path], {
      encoding: "utf8",
      ...(privileged ? { uid: 65_534, gid: 65_534 } : {})
    })
    expect(child.stdout).toBe(`permission: the store ${path} cannot be opened: this process may not read and write it`)
  })

  it("the path is no path", async () => {
    const error = await refusal("a\0b")
    expect(error).toMatchObject({ path: "a\0b", reason: "other" })
    expect(error.message).toBe("the store a\0b cannot be opened: SQLite refused it")
    expect(error.cause).toBeInstanceOf(Error)
  })

  it("another process holds it for longer than five seconds", async () => {
    const holder = new DatabaseSync(path)
    holder.exec("BEGIN EXCLUSIVE")
    const error = await Effect.runPromise(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.flip(openSqliteStore({ path })))
        yield* TestClock.adjust("6 seconds")
        return yield* Fiber.join(fiber)
      }).pipe(Effect.provide(TestClock.layer()))
    )
    holder.close()
    expect(error).toMatchObject({ path, reason: "busy" })
    expect(error.message).toBe(`the store ${path} cannot be opened: another process holds it`)
  })
})

describe("a store in a file", () => {
  it("is for its owner alone, whatever the umask, and so are the files beside it", async () => {
    const umask = process.umask(0)
    try {
      const store = await open({ path })
      await Effect.runPromise(store.addClient({ client: sampleClient }, { maximum: 1 }))
      for (const suffix of ["", "-wal", "-shm"]) expect(statSync(path + suffix).mode & 0o777).toBe(0o600)
      await close(store)
    } finally {
      process.umask(umask)
    }
  })

  it("is tightened when others may read it", async () => {
    await close(await open({ path }))
    chmodSync(path, 0o644)
    const store = await open({ path })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await close(store)
  })

  it("leads the schema of an older program forward", async () => {
    const database = new DatabaseSync(path)
    database.exec("CREATE TABLE postern_schema (version INTEGER PRIMARY KEY) STRICT")
    database.exec("INSERT INTO postern_schema (version) VALUES (0)")
    database.close()
    const first = await open({ path })
    const id = { idHash: "id", expiresAt: now + 60 }
    expect(await Effect.runPromise(first.remember(id, now))).toBe("Remembered")
    await close(first)
    const second = await open({ path })
    expect(await Effect.runPromise(second.remember(id, now))).toBe("Replayed")
    await close(second)
  })

  it("keeps a schema that it knows and what it holds", async () => {
    const first = await open({ path })
    await Effect.runPromise(approve(first, "grant"))
    await close(first)
    const second = await open({ path })
    const found = await Effect.runPromise(second.findCode("grant-code"))
    await close(second)
    expect(found?.grant.subject).toBe("alice")
  })
})

describe("a store that is closed", () => {
  it("has committed what was queued, fails every later call and may be closed again", async () => {
    const store = await open({ path })
    const results = await Effect.runPromise(
      Effect.all([Effect.result(store.addClient({ client: sampleClient }, { maximum: 1 })), store.close], {
        concurrency: "unbounded"
      })
    )
    expect(results[0]).toEqual(Result.succeed({ _tag: "Added" }))
    await close(store)
    for (const late of [store.check, store.findClient("client"), store.endGrant("grant", now)]) {
      const error = await Effect.runPromise(Effect.flip(late))
      expect(error).toMatchObject({ _tag: "StoreFailed", kind: "failure" })
    }
    expect((await Effect.runPromise(Effect.flip(store.check))).message).toBe("the store failed at check")
    const again = await open({ path })
    expect(await Effect.runPromise(again.findClient("client"))).toEqual(expect.objectContaining({ clientId: "client" }))
    await close(again)
  })
})
