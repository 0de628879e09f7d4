import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

const hashPassword = async (input: string) => {
  const child = spawn(process.execPath, ["--conditions=@postern/source", main, "hash-password"])
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")])
  return { stdout, stderr, code: code as unknown }
}

// A program has to be started for each.
describe("postern-as hash-password", { timeout: 60_000 }, () => {
  it("prints the hash of a line, and nothing of the password", async () => {
    const { code, stderr, stdout } = await hashPassword("correct horse\n")
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}\n$/)
  })

  it.each(["", "\ncorrect horse\n"])("refuses no password and an empty one: %j", async (input) => {
    const { code, stderr, stdout } = await hashPassword(input)
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toContain("no password on standard input")
  })
})
