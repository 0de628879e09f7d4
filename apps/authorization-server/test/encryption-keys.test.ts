import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeEncryptionKey, readEncryptionKey } from "@postern/app-authorization-server"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

let folder = ""
let told: Array<string> = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-keys-"))
  told = []
})
afterEach(() => rm(folder, { recursive: true }))

const read = (place: string, environment: Readonly<Record<string, string>> = {}) =>
  readEncryptionKey("keys.encryptionKey", place, { environment, tell: (line) => told.push(line) })

describe("an encryption key", () => {
  it("is made at the first start, for its owner alone, said so once, and read again", async () => {
    const path = join(folder, "below", "encryption.key")
    const [first, second] = await Promise.all([read(`file:${path}`), read(`file:${path}`)])
    expect(first).toHaveLength(32)
    expect(second).toEqual(first)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(told.join()).toContain(path)
    expect(told.join()).not.toContain((await readFile(path, "utf8")).trim())
    told = []
    expect(await read(`file:${path}`)).toEqual(first)
    expect(told).toEqual([])
  })

  it("[ISS-04] is never made in production: the program refuses to start", async () => {
    const path = join(folder, "encryption.key")
    await expect(read(`file:${path}`, { NODE_ENV: "production" })).rejects.toMatchObject({
      _tag: "StartFailed",
      subject: "keys.encryptionKey"
    })
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" })
    await writeFile(path, makeEncryptionKey(), { mode: 0o600 })
    expect(await read(`file:${path}`, { NODE_ENV: "production" })).toHaveLength(32)
  })

  it("comes from the environment as well, and has to be there", async () => {
    const key = makeEncryptionKey()
    expect(await read("env:KEY", { KEY: ` ${key}\n` })).toHaveLength(32)
    await expect(read("env:KEY")).rejects.toMatchObject({ reason: "the environment has no KEY" })
  })

  it("[STO-02] that everybody may read is refused", async () => {
    const path = join(folder, "encryption.key")
    await read(`file:${path}`)
    await chmod(path, 0o644)
    await expect(read(`file:${path}`)).rejects.toMatchObject({ reason: expect.stringContaining("chmod 600") })
  })

  it("is never quoted when it is damaged", async () => {
    const path = join(folder, "encryption.key")
    for (const text of ["SECRET", "", `${"SECRET".repeat(7)}A=`, "A".repeat(44)]) {
      await writeFile(path, text, { mode: 0o600 })
      const error: unknown = await read(`file:${path}`).catch((cause: unknown) => cause)
      expect(error).toMatchObject({ reason: "it has to be 32 random bytes as base64url (43 characters)" })
      expect(String(error)).not.toContain("SECRET")
    }
  })
})
