import { randomUUID } from "node:crypto"
import { lstat, open, rename, rm } from "node:fs/promises"
import { UsageInvalid } from "../usage-invalid.ts"

/** Finds out whether a trace could be written there, before there is one; where not, throws {@link UsageInvalid}. */
export const checkTraceFile = async (path: string): Promise<void> => {
  try {
    await checkTarget(path)
    await rm(await writeBeside(path, ""))
  } catch (error) {
    throw new UsageInvalid(`--trace: ${path} cannot be written: ${messageOf(error)}`)
  }
}

/** Puts a text in the place of a file's, wholly or not at all; its owner alone may read it, whoever could before. */
export const writeTraceFile = async (path: string, text: string): Promise<void> => {
  await checkTarget(path)
  const beside = await writeBeside(path, text)
  try {
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** What an error says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A device, a folder or a link is not replaced by a file. */
const checkTarget = async (path: string): Promise<void> => {
  if (path === "") throw new Error("it has no name")
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (found?.isFile() === false) throw new Error("it is no plain file")
}

const writeBeside = async (path: string, text: string): Promise<string> => {
  const beside = `${path}.${randomUUID()}.new`
  // Exclusive: nothing that lies there is followed or written into.
  const file = await open(beside, "wx", 0o600)
  try {
    await file.writeFile(text)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return beside
}
