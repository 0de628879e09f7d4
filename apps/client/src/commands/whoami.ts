import { DEFAULT_ACCOUNT } from "@postern/client-flow"
import * as Effect from "effect/Effect"
import type { Options } from "../arguments.ts"
import { endOf, heldLogin, isAlive } from "../held-login.ts"
import { NotLoggedIn } from "../not-logged-in.ts"
import { type Outcome, table } from "../output.ts"
import { storeOf } from "../session.ts"

/** Which login is kept for a server; asks nobody. */
export const whoami = async (options: Options, resource: string): Promise<Outcome> => {
  const account = options.account ?? DEFAULT_ACCOUNT
  const [credentials] = await Effect.runPromise(storeOf(options).findCredentials(resource, account))
  if (credentials === undefined || !isAlive(credentials, Date.now())) throw new NotLoggedIn({ resource, account })
  const login = heldLogin(credentials)
  return {
    json: login,
    lines: [
      resource,
      ...table([
        ["account", login.account],
        ["authorization server", login.issuer],
        ["client", login.clientId],
        ["scope", login.scope.join(" ")],
        ["ends", endOf(login, Date.now())],
        ["bound to a key", login.bound ? "yes" : undefined]
      ])
    ]
  }
}
