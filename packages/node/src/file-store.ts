import { type CredentialsKey, type CredentialStore, CredentialStoreFailed } from "@postern/client-flow"
import { Failure } from "@postern/rejection"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import {
  type CredentialDocument,
  type DocumentFault,
  emptyDocument,
  formatDocument,
  parseDocument
} from "./credential-document.ts"
import { exclusiveWork } from "./exclusive-work.ts"
import { LockHeld, withFileLock } from "./file-lock.ts"
import { makePrivateDirectory, readPrivateFile, replacePrivateFile } from "./private-file.ts"

/** The `cause` of a `CredentialStoreFailed`: the file is damaged, and left as it is. */
export class CredentialFileDamaged extends Failure("CredentialFileDamaged")<{
  readonly path: string
  readonly fault: DocumentFault
}> {
  override get message() {
    return `the credential file ${this.path} is damaged (${this.fault}); move it away to begin anew`
  }
}

/** The `cause` of a `CredentialStoreFailed`: the tokens are bound to a key that cannot be read, and so not be written down. */
export class ProofKeyUnreadable extends Failure("ProofKeyUnreadable")<{ readonly algorithm: string }> {
  override get message() {
    return "a file keeps no key that cannot be read: make DPoP keys extractable, or use another store"
  }
}

/** Where the credentials lie. */
export interface FileStoreOptions {
  /** The file (mode 0600); its directory is made (mode 0700) when there is none. `PATH.lock`, `PATH.locks` and `PATH.new` lie beside it. */
  readonly path: string
}

const sameKey = (left: CredentialsKey, right: CredentialsKey): boolean =>
  left.issuer === right.issuer &&
  left.resource === right.resource &&
  left.account === right.account &&
  left.clientId === right.clientId

const load = (path: string): CredentialDocument => {
  const text = readPrivateFile(path)
  if (text === undefined) return emptyDocument
  const document = parseDocument(text)
  if (typeof document === "string") throw new CredentialFileDamaged({ path, fault: document })
  return document
}

// Another process writes for milliseconds; waited for here, where the event loop goes on.
const patience = Schedule.spaced("5 millis").pipe(Schedule.jittered, Schedule.upTo({ duration: "10 seconds" }))

/**
 * Keeps credentials in one JSON file for its owner alone. A write is one lock, one read, one atomic replacement, so that
 * processes that share the file lose nothing and a crash leaves the old file or the new one. The tokens are not encrypted.
 */
export const makeFileStore = ({ path }: FileStoreOptions): CredentialStore => {
  const attempt = <A>(operation: string, work: () => A): Effect.Effect<A, CredentialStoreFailed> =>
    Effect.try({ try: work, catch: (cause) => new CredentialStoreFailed({ operation, cause }) }).pipe(
      Effect.retry({ while: ({ cause }) => cause instanceof LockHeld, schedule: patience }),
      Effect.withSpan(`node.fileStore.${operation}`)
    )
  const read = <A>(operation: string, select: (document: CredentialDocument) => A) =>
    attempt(operation, () => select(load(path)))
  const write = (operation: string, change: (document: CredentialDocument) => CredentialDocument) =>
    attempt(operation, () => {
      makePrivateDirectory(path)
      withFileLock(`${path}.lock`, () => {
        const before = load(path)
        const after = change(before)
        if (after !== before) replacePrivateFile(path, formatDocument(after))
      })
    })

  return {
    findCredentials: (resource, account) =>
      read("findCredentials", ({ credentials }) =>
        credentials.filter((held) => held.resource === resource && held.account === account).toReversed()
      ),
    listCredentials: read("listCredentials", ({ credentials }) => credentials.toReversed()),
    saveCredentials: (saved) =>
      write("saveCredentials", (document) => {
        const { proofKey } = saved
        if (proofKey?.privateKey instanceof CryptoKey) throw new ProofKeyUnreadable({ algorithm: proofKey.algorithm })
        return { ...document, credentials: [...document.credentials.filter((held) => !sameKey(held, saved)), saved] }
      }),
    forgetTokens: (key, tokens) =>
      write("forgetTokens", (document) => ({
        ...document,
        credentials: document.credentials.map((held) => {
          if (!sameKey(held, key)) return held
          const { accessToken, expiresAt, refreshToken, ...rest } = held
          const dropAccess = tokens.accessToken !== undefined && tokens.accessToken === accessToken
          const dropRefresh = tokens.refreshToken !== undefined && tokens.refreshToken === refreshToken
          return {
            ...rest,
            ...(dropAccess ? {} : { accessToken, expiresAt }),
            ...(dropRefresh ? {} : { refreshToken })
          }
        })
      })),
    forgetCredentials: (key) =>
      write("forgetCredentials", (document) => ({
        ...document,
        credentials: document.credentials.filter((held) => !sameKey(held, key))
      })),
    exclusively: ({ account, issuer, resource }, effect) =>
      exclusiveWork(
        { path, name: JSON.stringify([issuer, resource, account]) },
        effect,
        (cause) => new CredentialStoreFailed({ operation: "exclusively", cause })
      ),
    findRegistration: (issuer) =>
      read("findRegistration", ({ registrations }) => registrations.find((held) => held.issuer === issuer)),
    saveRegistration: (saved) =>
      write("saveRegistration", (document) => ({
        ...document,
        registrations: [...document.registrations.filter((held) => held.issuer !== saved.issuer), saved]
      })),
    forgetRegistration: (issuer, clientId) =>
      write("forgetRegistration", (document) => ({
        ...document,
        registrations: document.registrations.filter((held) => held.issuer !== issuer || held.clientId !== clientId)
      }))
  }
}
