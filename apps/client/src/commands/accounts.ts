import * as Effect from "effect/Effect"
import type { Options } from "../arguments.ts"
import { endOf, heldLogin } from "../held-login.ts"
import { type Outcome, table } from "../output.ts"
import { storeOf } from "../session.ts"

/** Every login that is kept; asks nobody. */
export const accounts = async (options: Options): Promise<Outcome> => {
  const logins = (await Effect.runPromise(storeOf(options).listCredentials)).map(heldLogin)
  const lines = logins.flatMap((login) => [
    `${login.account} at ${login.resource}`,
    ...table([
      ["authorization server", login.issuer],
      ["scope", login.scope.join(" ")],
      ["ends", endOf(login, Date.now())]
    ])
  ])
  return { json: { accounts: logins }, lines: lines.length === 0 ? ["no login is kept"] : lines }
}
