import { stat } from "node:fs/promises"
import * as Effect from "effect/Effect"
import { accountsOf, checkPassword, hashPassword } from "@postern/app-authorization-server"
import { PASSWORD_HASH } from "../src/passwords.ts"
import { beforeAll, describe, expect, it } from "vitest"

describe("a password", () => {
  let hash = ""
  beforeAll(async () => {
    hash = await hashPassword("correct horse")
  })

  it("is kept as a salted scrypt hash", async () => {
    expect(hash).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
    expect(await hashPassword("correct horse")).not.toBe(hash)
  })

  it("is the same however its letters are composed", async () => {
    const composed = await hashPassword("caf\u00e9")
    expect(await checkPassword("cafe\u0301", composed)).toBe(true)
  })

  it("opens the account of its owner, and nobody else's", async () => {
    const people = accountsOf([
      { username: "alice", subject: "u1", name: "Alice", password: hash, roles: ["administrator"] }
    ])
    const authenticate = (username: string, password: string) =>
      Effect.runPromise(people.authenticate({ username, password }))
    expect(await authenticate("alice", "correct horse")).toEqual({
      subject: "u1",
      name: "Alice",
      roles: ["administrator"]
    })
    for (const [username, password] of [
      ["alice", "correct horse "],
      ["alice", ""],
      ["Alice", "correct horse"],
      ["bob", "correct horse"],
      ["__proto__", "correct horse"]
    ] as const) {
      expect(await authenticate(username, password)).toBeUndefined()
    }
    expect(await Effect.runPromise(people.find("u1"))).toMatchObject({ name: "Alice" })
    expect(await Effect.runPromise(people.find("u2"))).toBeUndefined()
  })

  it("takes as long for an unknown name as for a known one, whatever the hashes cost", async () => {
    const cheap = `scrypt$12$8$1$${"A".repeat(22)}$${"A".repeat(43)}`
    const people = accountsOf([{ username: "alice", subject: "u1", name: "Alice", password: cheap, roles: [] }])
    const times = async (username: string) => {
      const before = process.cpuUsage()
      for (let round = 0; round < 20; round++) {
        await Effect.runPromise(people.authenticate({ username, password: "wrong" }))
      }
      return process.cpuUsage(before).user
    }
    await times("alice")
    const [known, unknown] = [await times("alice"), await times("nobody")]
    expect(unknown).toBeLessThan(10 * known)
    expect(unknown).toBeGreaterThan(known / 10)
  })

  it("leaves threads to others while many are checked", async () => {
    const dear = `scrypt$14$8$1$${"A".repeat(22)}$${"A".repeat(43)}`
    const people = accountsOf([{ username: "alice", subject: "u1", name: "Alice", password: dear, roles: [] }])
    let checked = 0
    const attempts = Array.from({ length: 30 }, async () => {
      await Effect.runPromise(people.authenticate({ username: "alice", password: "wrong" }))
      checked += 1
    })
    // It waits for a thread behind whatever was asked before.
    await stat(import.meta.filename)
    expect(checked).toBeLessThan(10)
    await Promise.all(attempts)
  })

  it("is checked by no hash that is out of bounds", () => {
    const hash = (cost: string) => `scrypt$${cost}$${"A".repeat(22)}$${"A".repeat(43)}`
    expect(["15$8$3", "20$8$1"].map((cost) => PASSWORD_HASH.test(hash(cost)))).toEqual([true, true])
    for (const cost of ["9$8$1", "21$8$1", "15$17$1", "15$8$17", "15$0$1"]) {
      expect(PASSWORD_HASH.test(hash(cost))).toBe(false)
    }
  })

  it("is checked two at once, with a bounded queue behind", async () => {
    const cheap = `scrypt$10$1$1$${"A".repeat(22)}$${"A".repeat(43)}`
    const people = accountsOf([{ username: "alice", subject: "u1", name: "Alice", password: cheap, roles: [] }])
    const attempt = () =>
      Effect.runPromise(Effect.flip(people.authenticate({ username: "a", password: "wrong" })).pipe(Effect.option))
    const answers = await Promise.all(Array.from({ length: 50 }, attempt))
    const refused = answers.flatMap((answer) => (answer._tag === "Some" ? [answer.value] : []))
    expect(refused).toHaveLength(50 - 34)
    expect(refused[0]).toMatchObject({ _tag: "PeopleFailed", kind: "failure" })
    expect((await attempt())._tag).toBe("None")
  })

  it("is a mistake of ours when what is kept is no hash", async () => {
    await expect(checkPassword("x", "plain text")).rejects.toThrow("not a password hash")
  })
})
