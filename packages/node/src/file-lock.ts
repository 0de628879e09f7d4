import { closeSync, openSync } from "node:fs"

/** A lock that somebody else holds. */
export class LockHeld extends Error {
  override readonly name = "LockHeld"
}

/**
 * Runs `work` while this process alone holds the lock file, or throws `LockHeld` at once. The lock is the operating
 * system's, taken through SQLite: it goes with the process that held it, so no lock is ever left behind and none has to
 * be broken.
 */
export const withFileLock = <A>(path: string, work: () => A): A => {
  // Loaded here: Node 22 prints a warning when this module is loaded.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite")
  closeSync(openSync(path, "a+", 0o600))
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    try {
      lock.exec("BEGIN EXCLUSIVE")
    } catch (error) {
      // SQLITE_BUSY (sqlite.org/rescode.html)
      if (error instanceof Error && "errcode" in error && error.errcode === 5) throw new LockHeld("the lock is held")
      throw error
    }
    return work()
  } finally {
    lock.close()
  }
}
