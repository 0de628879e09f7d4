import { Failure } from "@postern/rejection"

/** Why a store could not be opened. */
export type UnavailableReason =
  | "directory-missing"
  | "permission"
  | "not-a-database"
  | "foreign-database"
  | "newer-schema"
  | "busy"
  | "other"

const sentences: Readonly<Record<UnavailableReason, string>> = {
  "directory-missing": "its directory does not exist",
  permission: "this process may not read and write it",
  "not-a-database": "it is not an SQLite database",
  "foreign-database": "it is a database of something else",
  "newer-schema": "its schema is newer than this program knows",
  busy: "another process holds it",
  other: "SQLite refused it"
}

/** The store cannot be opened: which one, and why. */
export class StoreUnavailable extends Failure("StoreUnavailable")<{
  readonly path: string
  readonly reason: UnavailableReason
}> {
  override get message() {
    return `the store ${this.path} cannot be opened: ${sentences[this.reason]}`
  }
}
