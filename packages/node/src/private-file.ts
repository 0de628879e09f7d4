import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { dirname } from "node:path"
import { codeOf } from "./error-code.ts"

// Names that do not exist on Windows, where the user's profile is what keeps a file private.
const NOFOLLOW = constants.O_NOFOLLOW ?? 0

/** Somebody else owns the file, so it is not ours to believe or to fill with secrets. */
export class OwnerMismatch extends Error {
  override readonly name = "OwnerMismatch"
}

/**
 * The text of a file that its owner alone may read, or `undefined` when there is none. A file that others may read is
 * tightened first; a symbolic link and another user's file are refused.
 */
export const readPrivateFile = (path: string): string | undefined => {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | NOFOLLOW)
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined
    throw error
  }
  try {
    const { mode, uid } = fstatSync(file)
    if (process.getuid !== undefined && uid !== process.getuid()) throw new OwnerMismatch("the file has another owner")
    if ((mode & 0o077) !== 0) fchmodSync(file, 0o600)
    return readFileSync(file, "utf8")
  } finally {
    closeSync(file)
  }
}

/** Makes the file's directory for its owner alone, where there is none yet. */
export const makePrivateDirectory = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
}

const syncDirectory = (path: string): void => {
  if (process.platform === "win32") return
  const directory = openSync(dirname(path), "r")
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/**
 * Puts a text in the place of a file's, wholly or not at all: written beside it, synced, then renamed. Only one process
 * at a time may do so; what an earlier one left half written is taken away.
 */
export const replacePrivateFile = (path: string, text: string): void => {
  const beside = `${path}.new`
  rmSync(beside, { force: true })
  const file = openSync(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NOFOLLOW, 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(beside, path)
  syncDirectory(path)
}
