import * as Effect from "effect/Effect"
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

/** The hash that an unknown name is checked against, so that it takes as long as a known one. */
const NOBODY = `scrypt$15$8$3$${"A".repeat(22)}$${"A".repeat(43)}`

/** The people of the configuration file. */
export const accountsOf = (accounts: ReadonlyArray<Account>): People => {
  const byName = new Map(accounts.map((account) => [account.username, account]))
  const bySubject = new Map(accounts.map((account) => [account.subject, account]))
  return {
    authenticate: ({ password, username }) =>
      Effect.tryPromise({
        try: async () => {
          const account = byName.get(username)
          const matches = await checkPassword(password, account?.password ?? NOBODY)
          return account && matches ? person(account) : undefined
        },
        catch: (cause) => new PeopleFailed({ operation: "authenticate", cause })
      }),
    find: (subject) => {
      const account = bySubject.get(subject)
      return Effect.succeed(account && person(account))
    }
  }
}

const person = ({ name, roles, subject }: Account): Person => ({ subject, name, roles })
