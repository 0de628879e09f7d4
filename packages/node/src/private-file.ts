import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
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

/** Others may put a file of theirs in the place of ours. */
export class DirectoryWritable extends Error {
  override readonly name = "DirectoryWritable"
}

// As of a directory of keys, sshd(8): one that others may look into is none of their business and no danger, for its files are closed.
const checkDirectory = (path: string): void => {
  if (process.getuid === undefined) return
  const { mode, uid } = statSync(dirname(path))
  if (uid !== process.getuid() && uid !== 0) throw new OwnerMismatch(`${dirname(path)} belongs to another user`)
  // The sticky bit keeps everybody's files their own, as in /tmp.
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) {
    throw new DirectoryWritable(
      `others may write in ${dirname(path)}, and so put a file of theirs in the place of this one: take that from them (chmod go-w)`
    )
  }
}

/**
 * The text of a file that its owner alone may read, or `undefined` when there is none. A file that others may read is
 * tightened first; a symbolic link, another user's file and one in a directory of theirs are refused, and such a directory without
 * a file too.
 */
export const readPrivateFile = (path: string): string | undefined => {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | NOFOLLOW)
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error
    // Where it could not be written later, nobody should log in first.
    if (existsSync(dirname(path))) checkDirectory(path)
    return undefined
  }
  try {
    checkDirectory(path)
    const { mode, uid } = fstatSync(file)
    if (process.getuid !== undefined && uid !== process.getuid())
      throw new OwnerMismatch(`${path} belongs to another user`)
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
 * at a time may do so, which has read the file, or that there is none, by {@link readPrivateFile}; what an earlier one left half
 * written is taken away.
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
