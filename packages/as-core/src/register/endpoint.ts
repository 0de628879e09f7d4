import { randomText } from "@postern/bytes"
import { formatScope } from "@postern/scope"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { readBody } from "../http/body.ts"
import { json } from "../http/respond.ts"
import { nowSeconds } from "../now.ts"
import { RegistrationFull } from "../rejections.ts"
import { allScopes } from "../settings.ts"
import type { Client, StoreFailed } from "../store.ts"
import { describe, rowOf } from "../wire-table.ts"
import { decideRegistration } from "./decide.ts"
import { registrationErrors, type RegistrationRejection } from "./wire.ts"

const RETRY_AFTER_SECONDS = 3600

/** POST /register (RFC 7591 section 3). */
export const register = (
  engine: Engine,
  request: Request,
  limits: { readonly maximumClients: number }
): Effect.Effect<Response, StoreFailed> =>
  add(engine, request, limits).pipe(
    Effect.map((client) => json(201, clientInformation(client, allScopes(engine.settings)))),
    Effect.catch((error) => (error.kind === "failure" ? Effect.fail(error) : Effect.succeed(errorResponse(error))))
  )

const add = Effect.fnUntraced(function* (
  engine: Engine,
  request: Request,
  { maximumClients }: { readonly maximumClients: number }
) {
  const body = yield* readBody(request, "application/json")
  const plan = yield* Effect.fromResult(decideRegistration(body, engine.settings))
  // 128 bits, and never the form of a URL: it cannot be mistaken for a metadata document.
  const client: Client = { ...plan, clientId: yield* randomText(16), createdAt: yield* nowSeconds }
  const outcome = yield* engine.store.addClient(client, { maximum: maximumClients })
  if (outcome === "Full") return yield* new RegistrationFull()
  yield* engine.tell({ event: "client-registered", clientId: client.clientId })
  return client
})

/** What was given, which may be more or less than what was asked for (RFC 7591 section 3.2.1). */
const clientInformation = (client: Client, everyScope: ReadonlySet<string>) => ({
  client_id: client.clientId,
  client_id_issued_at: client.createdAt,
  client_name: client.name === "" ? undefined : client.name,
  redirect_uris: client.redirectUris,
  token_endpoint_auth_method: client.tokenEndpointAuthMethod,
  token_endpoint_auth_signing_alg: client.tokenEndpointAuthSigningAlg,
  jwks: client.jwks,
  jwks_uri: client.jwksUri,
  grant_types: client.grantTypes,
  response_types: ["code"],
  application_type: client.applicationType,
  scope: formatScope(client.scope ?? everyScope),
  client_uri: client.clientUri,
  logo_uri: client.logoUri,
  policy_uri: client.policyUri,
  tos_uri: client.tosUri
})

const errorResponse = (rejection: RegistrationRejection): Response => {
  const { status, error } = rowOf(registrationErrors, rejection)
  return json(
    status,
    { error, error_description: describe(rejection) },
    rejection._tag === "RegistrationFull" ? { "retry-after": String(RETRY_AFTER_SECONDS) } : {}
  )
}
