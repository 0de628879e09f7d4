import { chmodSync, closeSync, openSync, statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { migrate } from "./migrate.ts"
import { isBusy, isForbidden, isNotADatabase } from "./sqlite-error.ts"
import { StoreUnavailable, type UnavailableReason } from "./unavailable.ts"

/** What survives: `process` the end of this process (`kill -9` too), `power` also the end of the machine's power. */
export type Durability = "process" | "power"

/** Where the store lives. */
export interface SqliteStoreOptions {
  /** A file, made with mode 0600 when there is none, or `:memory:`. Its directory must exist. */
  readonly path: string
  /** `power` unless told. */
  readonly durability?: Durability
}

// How long a call may stop the event loop when another process writes. Longer waits happen outside of SQLite.
const BUSY_MILLIS = 2

const errorCode = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined)

const explain = (error: unknown): UnavailableReason => {
  if (isBusy(error)) return "busy"
  if (isNotADatabase(error)) return "not-a-database"
  if (isForbidden(error)) return "permission"
  switch (errorCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return "directory-missing"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "permission"
    case "EISDIR":
      return "not-a-database"
    default:
      return "other"
  }
}

/** Makes sure that the file exists and was made for its owner alone: SQLite would make it by the umask. */
const touch = (path: string): void => {
  closeSync(openSync(path, "a+", 0o600))
}

// SQLite gives the files beside the database (-wal, -shm) the mode of the database.
const tighten = (path: string): void => {
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
}

const configure = (database: DatabaseSync, options: SqliteStoreOptions): void => {
  if (options.path !== ":memory:") database.exec("PRAGMA journal_mode = WAL")
  database.exec(`PRAGMA synchronous = ${options.durability === "process" ? "NORMAL" : "FULL"}`)
  // At most 64 MB: more than the inner pages of every tree with a million grants, since rows stand in those too. With SQLite's own
  // 2 MB they are read again and again.
  database.exec("PRAGMA cache_size = -65536")
  database.exec("PRAGMA foreign_keys = ON")
  database.exec("PRAGMA trusted_schema = OFF")
}

/** Opens the database and leads its schema to this version; throws `StoreUnavailable`. */
export const openDatabase = (options: SqliteStoreOptions): DatabaseSync => {
  const { path } = options
  let database: DatabaseSync | undefined
  try {
    if (path !== ":memory:") touch(path)
    database = new DatabaseSync(path, { timeout: BUSY_MILLIS })
    // Reads the first page: a file that is something else is left as it is.
    database.exec("PRAGMA schema_version")
    const reason = prepare(database, options)
    if (reason !== undefined) throw new StoreUnavailable({ path, reason })
    return database
  } catch (error) {
    database?.close()
    throw error instanceof StoreUnavailable
      ? error
      : new StoreUnavailable({ path, reason: explain(error), cause: error })
  }
}

const prepare = (database: DatabaseSync, options: SqliteStoreOptions): UnavailableReason | undefined => {
  const reason = migrate(database)
  if (reason !== undefined) return reason
  configure(database, options)
  if (options.path !== ":memory:") tighten(options.path)
  return undefined
}
