import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { type People, PeopleFailed, type Person } from "@postern/as-core"
import { checkPassword } from "./passwords.ts"

/** Somebody in the configuration file. */
export interface Account {
  readonly username: string
  readonly subject: string
  readonly name: string
  /** A hash that `hash-password` made. */
  readonly password: string
  readonly roles: ReadonlyArray<string>
}

/**
 * The hash that an unknown name is checked against, at the cost of the others, so that it takes as long as a known one.
 */
const nobody = ([account]: ReadonlyArray<Account>): string => {
  const cost = account?.password.split("$").slice(1, 4) ?? ["15", "8", "3"]
  return ["scrypt", ...cost, "A".repeat(22), "A".repeat(43)].join("$")
}

// A hash takes a tenth of a second of a thread, and signing tokens needs one of the same four: whoever sends many names and
// passwords at once must wait for themselves alone.
const AT_ONCE = 2
const WAITING = 32

/** The people of the configuration file. */
export const accountsOf = (accounts: ReadonlyArray<Account>): People => {
  const byName = new Map(accounts.map((account) => [account.username, account]))
  const bySubject = new Map(accounts.map((account) => [account.subject, account]))
  const decoy = nobody(accounts)
  const hashing = Semaphore.makeUnsafe(AT_ONCE)
  let waiting = 0
  const authenticate: People["authenticate"] = ({ password, username }) =>
    Effect.tryPromise({
      try: async () => {
        const account = byName.get(username)
        const matches = await checkPassword(password, account?.password ?? decoy)
        return account && matches ? person(account) : undefined
      },
      catch: (cause) => new PeopleFailed({ operation: "authenticate", cause })
    })
  return {
    authenticate: (credentials) =>
      Effect.suspend(() => {
        if (waiting >= AT_ONCE + WAITING)
          return Effect.fail(new PeopleFailed({ operation: "authenticate, too many at once" }))
        waiting += 1
        return Effect.ensuring(
          hashing.withPermits(1)(authenticate(credentials)),
          Effect.sync(() => {
            waiting -= 1
          })
        )
      }),
    find: (subject) => {
      const account = bySubject.get(subject)
      return Effect.succeed(account && person(account))
    }
  }
}

const person = ({ name, roles, subject }: Account): Person => ({ subject, name, roles })
