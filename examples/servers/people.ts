// The people of the authorization server in the examples: names and scrypt hashes, on every platform that has `node:crypto`.
import { scrypt, timingSafeEqual } from "node:crypto"
import { type People, PeopleFailed, type Person } from "@postern/as-core"
import * as Effect from "effect/Effect"

/** Somebody who may sign in. */
export interface Account extends Person {
  readonly username: string
  /** What {@link hashPassword} made: base64url, a random salt of 16 bytes and its hash. */
  readonly password: string
}

// 32 MB and a tenth of a second (OWASP).
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 }

const derive = (password: string, salt: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, 32, COST, (error, key) => (error ? reject(error) : resolve(key)))
  })

/** A password as it is kept. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = crypto.getRandomValues(Buffer.alloc(16))
  return Buffer.concat([salt, await derive(password, salt)]).toString("base64url")
}

const NOBODY = "A".repeat(64)

/** Those accounts, and no others. */
export const peopleOf = (accounts: ReadonlyArray<Account>): People => ({
  authenticate: ({ password, username }) =>
    Effect.tryPromise({
      try: async () => {
        const account = accounts.find((each) => each.username === username)
        // A name that nobody has takes as long as one that somebody has.
        const kept = Buffer.from(account?.password ?? NOBODY, "base64url")
        const matches = timingSafeEqual(await derive(password, kept.subarray(0, 16)), kept.subarray(16))
        return matches ? account : undefined
      },
      catch: (cause) => new PeopleFailed({ operation: "authenticate", cause })
    }),
  find: (subject) => Effect.succeed(accounts.find((each) => each.subject === subject))
})
