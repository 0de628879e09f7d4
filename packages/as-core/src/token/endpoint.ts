import { decodeTokenRequest, parseParameters } from "@postern/messages"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import { checkGrantType } from "../grant-type.ts"
import { readBody } from "../http/body.ts"
import { jsonText } from "../http/respond.ts"
import type { PeopleFailed } from "../people.ts"
import type { StoreFailed } from "../store.ts"
import { rowOf } from "../wire-table.ts"
import { authenticateClient } from "./authenticate-client.ts"
import { errorResponse } from "./error-response.ts"
import { issueToClient } from "./issue-to-client.ts"
import { readProofKey } from "./proof.ts"
import { redeemCode } from "./redeem-code.ts"
import { rotateRefreshToken } from "./rotate-refresh-token.ts"
import { tokenErrors, type TokenRejection } from "./wire.ts"
import type { Incoming } from "../http/incoming.ts"
import { type Answer, withHeaders } from "../http/answer.ts"

/** POST /token (OAuth 2.1 section 3.2). The query and cookies are never looked at. */
export const token = (engine: Engine, request: Incoming): Effect.Effect<Answer, StoreFailed | PeopleFailed> =>
  Effect.matchEffect(issue(engine, request), {
    onSuccess: (text) => withNonce(engine, jsonText(200, text)),
    onFailure: (error) => (error.kind === "failure" ? Effect.fail(error) : withNonce(engine, refuse(error)))
  })

const issue = Effect.fnUntraced(function* (engine: Engine, request: Incoming) {
  const body = yield* readBody(request, "application/x-www-form-urlencoded")
  const parsed = parseParameters(body)
  if (Result.isFailure(parsed)) return yield* parsed.failure
  const parameters = parsed.success
  const client = yield* authenticateClient(engine, { header: request.header, parameters })
  const decoded = decodeTokenRequest(parameters)
  if (Result.isFailure(decoded)) return yield* decoded.failure
  const asked = decoded.success
  const grantType = checkGrantType(client, asked.grantType)
  if (Result.isFailure(grantType)) return yield* grantType.failure
  const proofKey = readProofKey(engine, request, client)
  switch (asked.grantType) {
    case "authorization_code":
      return yield* redeemCode(engine, { request: asked, client, proofKey })
    case "refresh_token":
      return yield* rotateRefreshToken(engine, { request: asked, client, proofKey })
    case "client_credentials":
      return yield* issueToClient(engine, { request: asked, client, jkt: yield* proofKey })
  }
})

/** Every answer says which nonce the next proof needs, where one is needed (RFC 9449 section 8.2). */
const withNonce = ({ proofs }: Pick<Engine, "proofs">, answer: Answer): Effect.Effect<Answer> =>
  proofs === undefined
    ? Effect.succeed(answer)
    : Effect.map(proofs.nonce, (nonce) => (nonce === undefined ? answer : withHeaders(answer, { "dpop-nonce": nonce })))

const refuse = (rejection: TokenRejection): Answer => errorResponse("token", rowOf(tokenErrors, rejection), rejection)
