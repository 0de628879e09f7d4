import * as Result from "effect/Result"
import { EXIT, type ExitCode } from "../exit-codes.ts"
import { NotLoggedIn } from "../not-logged-in.ts"
import type { Outcome } from "../output.ts"
import { reportOf } from "../report.ts"
import type { Session } from "../session.ts"

/** Ends the login at its authorization server, and forgets it whatever that answers; `exit` says what it answered. */
export const logout = async (session: Session): Promise<Outcome & { readonly exit: ExitCode }> => {
  const { account, client, resource } = session
  const ended = Result.getOrThrow(await client.signOut(resource))
  if (ended.length === 0) throw new NotLoggedIn({ resource, account })
  const kept = ended
    .flatMap(({ tokens }) => tokens)
    .flatMap((token) => (token.revoked ? [] : [{ kind: token.kind, ...reportOf(token.reason) }]))
  return {
    exit: kept[0]?.exit ?? EXIT.ok,
    json: { resource, account, loggedOut: true, revoked: kept.length === 0, notRevoked: kept },
    lines: [
      `Logged out of ${resource} as ${account}`,
      ...kept.map(
        ({ kind, message }) =>
          `The ${kind} token could not be revoked, and lives on at its server until it ends: ${message}`
      )
    ]
  }
}
