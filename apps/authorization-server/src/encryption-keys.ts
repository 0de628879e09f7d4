import { randomBytes, randomUUID } from "node:crypto"
import { link, mkdir, readFile, stat, unlink, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { StartFailed } from "@postern/app-program"
import { decodeBase64Url, encodeBase64Url } from "@postern/bytes"

/** Where an encryption key is: `file:PATH` or `env:NAME`. */
export type KeyPlace = string

/** What a place has to look like. */
export const KEY_PLACE = /^(?:file:.+|env:\w+)$/

const BYTES = 32

/** What the program says to the operator and what it is told about its surroundings. */
export interface KeySurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Told once, where a file was made. */
  readonly tell: (line: string) => void
}

/**
 * The key of a place: 32 random bytes as base64url. A file that is missing is made at the first start, readable by its owner
 * only, and said so; in production (`NODE_ENV`) it is a mistake, since the keys in the store are lost with the one that opens
 * them.
 */
export const readEncryptionKey = async (
  subject: string,
  place: KeyPlace,
  surroundings: KeySurroundings
): Promise<Uint8Array> => {
  const [kind, name] = [place.slice(0, place.indexOf(":")), place.slice(place.indexOf(":") + 1)]
  const text = kind === "env" ? surroundings.environment[name] : await readKeyFile(subject, name, surroundings)
  if (text === undefined) throw new StartFailed({ subject, reason: `the environment has no ${name}` })
  const bytes = decodeBase64Url(text.trim())
  // What was read is not quoted: it may be a key all the same.
  if (bytes?.length !== BYTES) {
    throw new StartFailed({ subject, reason: "it has to be 32 random bytes as base64url (43 characters)" })
  }
  return bytes
}

const readKeyFile = async (subject: string, path: string, surroundings: KeySurroundings): Promise<string> => {
  const found = await readIfThere(path)
  if (found !== undefined) {
    await checkMode(subject, path)
    return found
  }
  if (surroundings.environment["NODE_ENV"] === "production") {
    throw new StartFailed({
      subject,
      reason: `${path} does not exist; make it once with \`postern-as encryption-key\` and keep it with your secrets`
    })
  }
  const made = await makeKeyFile(path)
  surroundings.tell(`made a new encryption key: ${path}; whoever has it and the store has the signing keys`)
  return made
}

const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined
    throw error
  })

/** A secret that everybody may read is a mistake. */
export const checkMode = async (subject: string, path: string): Promise<void> => {
  const { mode } = await stat(path)
  if ((mode & 0o007) !== 0) {
    throw new StartFailed({ subject, reason: `${path} may be read by everybody; take that right away (chmod 600)` })
  }
}

/** A new key as it stands in a file or in the environment. */
export const makeEncryptionKey = (): string => encodeBase64Url(randomBytes(BYTES))

const makeKeyFile = async (path: string): Promise<string> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${makeEncryptionKey()}\n`, { mode: 0o600, flag: "wx", flush: true })
  // A link appears whole or not at all, and never replaces the file of a process that was quicker.
  await link(draft, path).catch((error: unknown) => {
    if (!hasCode(error, "EEXIST")) throw error
  })
  await unlink(draft)
  return readFile(path, "utf8")
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code
