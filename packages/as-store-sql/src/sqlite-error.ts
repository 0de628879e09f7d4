// Primary result codes of SQLite (sqlite.org/rescode.html); the low byte of an extended code.
const codes = { busy: 5, locked: 6, readonly: 8, cannotOpen: 14, notADatabase: 26 } as const

/** The primary result code that an error of `node:sqlite` carries. */
const primaryCode = (error: unknown): number | undefined =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : undefined

/** Somebody else holds the database; the same work can succeed later. */
export const isBusy = (error: unknown): boolean => {
  const code = primaryCode(error)
  return code === codes.busy || code === codes.locked
}

export const isNotADatabase = (error: unknown): boolean => primaryCode(error) === codes.notADatabase

/** The file, or the files that SQLite keeps beside it, may not be opened or written. */
export const isForbidden = (error: unknown): boolean => {
  const code = primaryCode(error)
  return code === codes.readonly || code === codes.cannotOpen
}
