import { decodeTokenRequest, parseParameters } from "@postern/messages"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { readBody } from "../http/body.ts"
import { json } from "../http/respond.ts"
import { nowSeconds } from "../now.ts"
import type { PeopleFailed } from "../people.ts"
import { GrantTypeForbidden } from "../rejections.ts"
import type { StoreFailed } from "../store.ts"
import { describe, rowOf } from "../wire-table.ts"
import { authenticateClient } from "./authenticate-client.ts"
import type { Issued } from "./issue.ts"
import { redeemCode } from "./redeem-code.ts"
import { rotateRefreshToken } from "./rotate-refresh-token.ts"
import { tokenErrors, type TokenRejection } from "./wire.ts"

/** POST /token (OAuth 2.1 section 3.2). The query and cookies are never looked at. */
export const token = (engine: Engine, request: Request): Effect.Effect<Response, StoreFailed | PeopleFailed> =>
  issue(engine, request).pipe(
    Effect.map(tokenResponse),
    Effect.catch((error) => (error.kind === "failure" ? Effect.fail(error) : Effect.succeed(errorResponse(error))))
  )

const issue = Effect.fnUntraced(function* (engine: Engine, request: Request) {
  const body = yield* readBody(request, "application/x-www-form-urlencoded")
  const parameters = yield* Effect.fromResult(parseParameters(body))
  const client = yield* authenticateClient(engine, {
    authorization: request.headers.get("authorization"),
    parameters
  })
  // A grant type of OAuth 2.1 that no client of this server is registered for.
  if (parameters.get("grant_type") === "client_credentials") return yield* new GrantTypeForbidden()
  const asked = yield* Effect.fromResult(decodeTokenRequest(parameters))
  const now = yield* nowSeconds
  return asked.grantType === "authorization_code"
    ? yield* redeemCode(engine, { request: asked, client, now })
    : yield* rotateRefreshToken(engine, { request: asked, client, now })
})

const tokenResponse = ({ accessToken, expiresIn, scope, refreshToken }: Issued): Response =>
  json(200, {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: expiresIn,
    scope,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken })
  })

const errorResponse = (rejection: TokenRejection): Response => {
  const { status, error } = rowOf(tokenErrors, rejection)
  return json(
    status,
    { error, error_description: describe(rejection) },
    // RFC 9110 section 15.5.2
    status === 401 ? { "www-authenticate": 'Basic realm="token"' } : {}
  )
}
