import { sha256Text } from "@postern/bytes"
import { ParameterMissing, parseParameters } from "@postern/messages"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { readBody } from "../http/body.ts"
import { CLOCK_TOLERANCE_SECONDS } from "../limits.ts"
import { nowSeconds } from "../now.ts"
import { chainNameOf } from "../refresh-token.ts"
import type { Client, StoreFailed } from "../store.ts"
import { throttle } from "../throttle.ts"
import { authenticateClient } from "../token/authenticate-client.ts"
import { errorResponse } from "../token/error-response.ts"
import { revokedIdHash } from "../token-id.ts"
import { rowOf } from "../wire-table.ts"
import { revocationErrors, type TokenQueryRejection } from "./wire.ts"
import type { Incoming } from "../http/incoming.ts"
import type { Answer } from "../http/answer.ts"

/** POST /revoke (RFC 7009 section 2). */
export const revoke = (engine: Engine, request: Incoming): Effect.Effect<Answer, StoreFailed> =>
  answer(engine, request).pipe(
    Effect.map(() => ({ status: 200, headers: { "cache-control": "no-store" }, body: null })),
    Effect.catch((error) => (error.kind === "failure" ? Effect.fail(error) : Effect.succeed(refuse(error))))
  )

const answer = Effect.fnUntraced(function* (engine: Engine, request: Incoming) {
  const body = yield* readBody(request, "application/x-www-form-urlencoded")
  const parameters = yield* Effect.fromResult(parseParameters(body))
  const client = yield* authenticateClient(engine, {
    header: request.header,
    parameters
  })
  const token = parameters.get("token")
  if (token === undefined) {
    return yield* new ParameterMissing({ parameter: "token", spec: "RFC 7009 section 2.1" })
  }
  // `token_type_hint` is not read: what a token is shows in its form.
  const name = chainNameOf(token)
  return name === undefined
    ? yield* revokeAccessToken(engine, client, token)
    : yield* revokeRefreshToken(engine, client, name)
})

/**
 * A refresh token takes its grant along, and so every access token of it; an old one of the chain as well. One that is unknown, or
 * another client's, changes nothing, and the answer is the same (RFC 7009 section 2.2).
 */
const revokeRefreshToken = Effect.fnUntraced(function* (engine: Engine, client: Client, name: string) {
  const found = yield* engine.store.findRefreshToken(yield* sha256Text(name))
  if (found === undefined || found.value.clientId !== client.clientId) return
  const now = yield* nowSeconds
  yield* Effect.fromResult(throttle(engine.rates.revocations, [client.clientId], now))
  yield* engine.store.endGrant(found.value.grantId, now)
})

/** An access token goes alone: its refresh token lives on, for a client that only wants to be rid of this one. */
const revokeAccessToken = Effect.fnUntraced(function* (engine: Engine, client: Client, text: string) {
  const token = yield* engine.readToken(text)
  const now = yield* nowSeconds
  if (token === undefined || token.clientId !== client.clientId) return
  // For as long as a resource server whose clock is late may accept it.
  const expiresAt = token.expiresAt + CLOCK_TOLERANCE_SECONDS
  if (expiresAt <= now) return
  yield* Effect.fromResult(throttle(engine.rates.revocations, [client.clientId], now))
  yield* engine.store.remember({ idHash: yield* revokedIdHash(token.tokenId), expiresAt }, now)
})

const refuse = (rejection: TokenQueryRejection): Answer =>
  errorResponse("revocation", rowOf(revocationErrors, rejection), rejection)
