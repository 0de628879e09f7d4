import * as Effect from "effect/Effect"
import { accountsOf, checkPassword, hashPassword } from "@postern/app-authorization-server"
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

  it("is a mistake of ours when what is kept is no hash", async () => {
    await expect(checkPassword("x", "plain text")).rejects.toThrow("not a password hash")
  })
})
