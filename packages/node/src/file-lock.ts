import { closeSync, openSync } from "node:fs"
import { codeOf } from "./error-code.ts"

/** A lock that somebody else holds. */
export class LockHeld extends Error {
  override readonly name = "LockHeld"
}

/** A lock that this caller holds. */
export interface FileLock {
  readonly release: () => void
}

/**
 * Takes the lock of a file, or `undefined` at once while somebody else holds it, in this process or another. The lock is the
 * operating system's, taken through SQLite: it goes with the process that held it, so no lock is ever left behind and none
 * has to be broken.
 */
export const takeFileLock = (path: string): FileLock | undefined => {
  // Loaded here: Node 22 prints a warning when this module is loaded.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite")
  makeLockFile(path)
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    lock.exec("BEGIN EXCLUSIVE")
    return { release: () => lock.close() }
  } catch (error) {
    lock.close()
    // SQLITE_BUSY (sqlite.org/rescode.html)
    if (error instanceof Error && "errcode" in error && error.errcode === 5) return undefined
    throw error
  }
}

/** Runs `work` while this process alone holds the lock, or throws `LockHeld` at once. */
export const withFileLock = <A>(path: string, work: () => A): A => {
  const lock = takeFileLock(path)
  if (lock === undefined) throw new LockHeld("the lock is held")
  try {
    return work()
  } finally {
    lock.release()
  }
}

// One that is there is not opened: a process that closes any descriptor of a file loses all its POSIX locks on it.
const makeLockFile = (path: string): void => {
  try {
    closeSync(openSync(path, "wx", 0o600))
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error
  }
}
