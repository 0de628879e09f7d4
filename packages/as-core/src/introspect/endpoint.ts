import { ParameterMissing, parseParameters } from "@postern/messages"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { readBody } from "../http/body.ts"
import { json } from "../http/respond.ts"
import { nowSeconds } from "../now.ts"
import { IntrospectionForbidden } from "../rejections.ts"
import type { StoreFailed } from "../store.ts"
import { authenticateClient } from "../token/authenticate-client.ts"
import { errorResponse } from "../token/error-response.ts"
import { rowOf } from "../wire-table.ts"
import { decideIntrospection } from "./decide.ts"
import { introspectionErrors, type IntrospectionRejection } from "./wire.ts"
import type { Incoming } from "../http/incoming.ts"
import type { Answer } from "../http/answer.ts"

/** POST /introspect (RFC 7662 section 2): for resource servers alone. A refresh token is not theirs, and so never active. */
export const introspect = (engine: Engine, request: Incoming): Effect.Effect<Answer, StoreFailed> =>
  answer(engine, request).pipe(
    Effect.map((introspection) => json(200, introspection)),
    Effect.catch((error) => (error.kind === "failure" ? Effect.fail(error) : Effect.succeed(refuse(error))))
  )

const answer = Effect.fnUntraced(function* (engine: Engine, request: Incoming) {
  const body = yield* readBody(request, "application/x-www-form-urlencoded")
  const parameters = yield* Effect.fromResult(parseParameters(body))
  const { clientId } = yield* authenticateClient(engine, {
    header: request.header,
    parameters
  })
  const resources = engine.settings.introspection.get(clientId)
  if (resources === undefined) return yield* new IntrospectionForbidden()
  const text = parameters.get("token")
  if (text === undefined) {
    return yield* new ParameterMissing({ parameter: "token", spec: "RFC 7662 section 2.1" })
  }
  // Gather.
  const token = yield* engine.readToken(text)
  const revoked = token !== undefined && (yield* engine.isRevoked(token.tokenId))
  // Decide.
  const now = yield* nowSeconds
  return decideIntrospection({ token, revoked, resources, issuer: engine.settings.issuer, now })
})

const refuse = (rejection: IntrospectionRejection): Answer =>
  errorResponse("introspection", rowOf(introspectionErrors, rejection), rejection)
