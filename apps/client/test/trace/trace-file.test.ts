import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { checkTraceFile, writeTraceFile } from "../../src/trace/trace-file.ts"
import { UsageInvalid } from "../../src/usage-invalid.ts"

describe("the file of a trace", () => {
  let folder = ""
  let path = ""
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-trace-file-"))
    path = join(folder, "x.har")
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it("is readable by its owner alone, also where it was there for everybody", async () => {
    await writeFile(path, "old")
    await chmod(path, 0o644)
    await checkTraceFile(path)
    expect(await readFile(path, "utf8")).toBe("old")
    await writeTraceFile(path, "new")
    expect(await readFile(path, "utf8")).toBe("new")
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(["x.har"])
  })

  it("leaves nothing behind when it is only looked at", async () => {
    await checkTraceFile(path)
    expect(await readdir(folder)).toEqual([])
  })

  it("is no link and no folder", async () => {
    const other = join(folder, "other")
    await writeFile(other, "kept")
    await symlink(other, path)
    await expect(checkTraceFile(path)).rejects.toThrow(
      new UsageInvalid(`--trace: ${path} cannot be written: it is no plain file`)
    )
    await expect(writeTraceFile(path, "new")).rejects.toThrow("is no plain file")
    expect(await readFile(other, "utf8")).toBe("kept")
    await rm(path)
    await mkdir(path)
    await expect(checkTraceFile(path)).rejects.toThrow("is no plain file")
    expect((await readdir(folder)).toSorted()).toEqual(["other", "x.har"])
  })

  it("is not there where its folder is not", async () => {
    await expect(checkTraceFile(join(folder, "no", "x.har"))).rejects.toThrow(UsageInvalid)
    await expect(checkTraceFile("")).rejects.toThrow(UsageInvalid)
  })
})
