import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { CredentialsKey } from "@postern/client-flow"
import { makeFileStore } from "@postern/node"
import { it as effectIt } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-exclusive-"))
  path = join(folder, "deep", "credentials.json")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const key: CredentialsKey = {
  issuer: "https://as.example",
  resource: "https://mcp.example/mcp",
  account: "default",
  clientId: "client"
}

/** Another process: says in `PATH.log` when it is in and when it goes out, each time for so many milliseconds. */
const worker = (name: string, rounds: number, millis: number): ChildProcess =>
  spawn(
    process.execPath,
    [
      "--conditions=@postern/source",
      fileURLToPath(new URL("./exclusive-worker.ts", import.meta.url)),
      path,
      name,
      String(rounds),
      String(millis)
    ],
    { stdio: "inherit", env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") } }
  )
const log = () => (existsSync(`${path}.log`) ? readFileSync(`${path}.log`, "utf8").trim().split("\n") : [])

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

const exclusively = <A, E>(effect: Effect.Effect<A, E>, changes: Partial<CredentialsKey> = {}) => {
  const store = makeFileStore({ path })
  return store.exclusively?.({ ...key, ...changes }, effect) ?? Effect.die(new Error("there is no lock"))
}

describe("exclusive work of a file store", () => {
  it("is done by one process at a time, whatever it waits for", { timeout: 60_000 }, async () => {
    const children = [worker("a", 10, 5), worker("b", 10, 5)]
    const ends = await Promise.all(children.map((child) => once(child, "exit")))
    expect(ends).toEqual([
      [0, null],
      [0, null]
    ])
    const lines = log().filter((line) => !line.endsWith("waits"))
    expect(lines).toHaveLength(40)
    for (let index = 0; index < lines.length; index += 2) {
      const [name] = (lines[index] ?? "").split(" ")
      expect(lines.slice(index, index + 2)).toEqual([`${name} in`, `${name} out`])
    }
  })

  it("is done by one at a time within a process as well, and by two stores of one file", async () => {
    const order: Array<string> = []
    const work = (name: string) =>
      exclusively(
        Effect.gen(function* () {
          order.push(`${name} in`)
          yield* Effect.sleep("20 millis")
          order.push(`${name} out`)
        })
      )
    await Effect.runPromise(Effect.all([work("a"), work("b"), work("c")], { concurrency: "unbounded" }))
    for (let index = 0; index < 6; index += 2) {
      expect(order[index + 1]).toBe(order[index]?.replace("in", "out"))
    }
  })

  it("keeps other processes out while this one waits for itself", { timeout: 60_000 }, async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const leave = () => appendFileSync(`${path}.log`, "parent out\n")
    const holder = Effect.runPromise(
      exclusively(
        Effect.andThen(
          Effect.promise(() => promise),
          Effect.sync(leave)
        )
      )
    )
    const waiter = Effect.runPromise(exclusively(Effect.void))
    const child = worker("a", 1, 1)
    await until(() => log().includes("a waits"))
    // Long enough for it to come in, if this process had lost its lock by asking for it a second time.
    await Effect.runPromise(Effect.sleep("500 millis"))
    resolve()
    await Promise.all([holder, waiter, once(child, "exit")])
    expect(log().indexOf("parent out")).toBeLessThan(log().indexOf("a in"))
  })

  it("goes on when the process that was in it is killed", { timeout: 60_000 }, async () => {
    const child = worker("a", 1, 600_000)
    await until(() => log().includes("a in"))
    child.kill("SIGKILL")
    await once(child, "exit")
    expect(await Effect.runPromise(exclusively(Effect.succeed("in")))).toBe("in")
  })

  it("ends with what it was given, good or bad, and lets the next one in", async () => {
    expect(await Effect.runPromise(Effect.flip(exclusively(Effect.fail("bad"))))).toBe("bad")
    expect(await Effect.runPromise(exclusively(Effect.succeed("good")))).toBe("good")
    const never = Effect.runFork(exclusively(Effect.never))
    await Effect.runPromise(Effect.sleep("20 millis"))
    await Effect.runPromise(Fiber.interrupt(never))
    expect(await Effect.runPromise(exclusively(Effect.succeed("after")))).toBe("after")
  })

  effectIt.effect("is waited for a minute, and not longer", () =>
    Effect.gen(function* () {
      const holder = yield* Effect.forkChild(exclusively(Effect.never))
      yield* Effect.yieldNow
      const waiting = yield* Effect.forkChild(Effect.flip(exclusively(Effect.succeed("in"))))
      yield* TestClock.adjust("61 seconds")
      expect(yield* Fiber.join(waiting)).toMatchObject({
        _tag: "CredentialStoreFailed",
        operation: "exclusively",
        cause: { name: "LockHeld" }
      })
      yield* Fiber.interrupt(holder)
    })
  )

  it("[STO-02] [STO-07] takes its lock beside the file, under a name that nothing of the key is in", async () => {
    const hostile = ["../../escape", "a/b", "\0", "x".repeat(10_240)]
    for (const account of hostile) await Effect.runPromise(exclusively(Effect.void, { account }))
    expect(readdirSync(folder)).toEqual(["deep"])
    expect(readdirSync(join(folder, "deep"))).toEqual(["credentials.json.locks"])
    const locks = join(folder, "deep", "credentials.json.locks")
    for (const name of readdirSync(locks)) {
      expect(name).toMatch(/^\d\d?$/)
      expect(statSync(join(locks, name)).mode & 0o777).toBe(0o600)
      expect(statSync(join(locks, name)).size).toBe(0)
    }
    expect(statSync(locks).mode & 0o777).toBe(0o700)
  })
})
