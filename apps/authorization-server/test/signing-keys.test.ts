import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readSigningKeys } from "@postern/app-authorization-server"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

let folder = ""
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-keys-"))
})
afterEach(() => rm(folder, { recursive: true }))

describe("a file of signing keys", () => {
  it("is made once and read again", async () => {
    const path = join(folder, "keys.json")
    const [first, second] = await Promise.all([readSigningKeys(path), readSigningKeys(path)])
    expect(first).toHaveLength(1)
    expect(second).toEqual(first)
    expect(await readSigningKeys(path)).toEqual(first)
  })

  it("is never quoted when it is damaged", async () => {
    const path = join(folder, "keys.json")
    for (const text of ['{"keys":[{"d":"SECRETd"x}]}', "SECRET", '{"keys":[{"d":"SECRET"}]}', ""]) {
      await writeFile(path, text)
      const error: unknown = await readSigningKeys(path).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(TypeError)
      expect((error as TypeError).message).toBe("it is not a set of private ES256 keys")
    }
  })
})
