import type { ClientCredentialsTokenRequest } from "@postern/messages"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { nowSeconds } from "../now.ts"
import type { Client } from "../store.ts"
import { throttle } from "../throttle.ts"
import { formatAnswer } from "./answer.ts"
import { decideClientCredentials } from "./decide.ts"
import { mintAccessToken } from "./issue.ts"

/** A token for the client itself, with nothing to refresh it: the client can always ask again (OAuth 2.1 section 4.2.2). */
export const issueToClient = Effect.fnUntraced(function* (
  engine: Engine,
  facts: {
    readonly request: ClientCredentialsTokenRequest
    readonly client: Client
    readonly jkt: string | undefined
  }
) {
  const { clientId } = facts.client
  const authority = { roles: [], allowances: yield* engine.store.findAllowances({ clientId }) }
  const rights = yield* Effect.fromResult(decideClientCredentials({ ...facts, settings: engine.settings, authority }))
  const now = yield* nowSeconds
  yield* Effect.fromResult(throttle(engine.rates.tokens, [clientId, clientId], now))
  return formatAnswer(yield* mintAccessToken(engine, { ...facts, rights, now }))
})
