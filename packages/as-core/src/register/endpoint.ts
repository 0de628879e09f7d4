import { randomText, sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { readBody } from "../http/body.ts"
import { json } from "../http/respond.ts"
import { REGISTRATION_RETRY_SECONDS, UNUSED_CLIENT_SECONDS } from "../limits.ts"
import { nowSeconds } from "../now.ts"
import type { DynamicSettings } from "../settings.ts"
import type { Client, Registration, StoreFailed } from "../store.ts"
import { makeClientId } from "./client-id.ts"
import { clientInformation, type Credentials } from "./client-information.ts"
import { type ClientPlan, decideRegistration } from "./decide.ts"
import { checkInitialAccessToken } from "./initial-access-token.ts"
import { metadataHashInput } from "./metadata-hash.ts"
import { RegistrationFull } from "./rejections.ts"
import { registrationError } from "./wire.ts"
import type { Incoming } from "../http/incoming.ts"
import type { Answer } from "../http/answer.ts"

/** POST /register (RFC 7591 section 3). */
export const register = (
  engine: Engine,
  request: Incoming,
  dynamic: DynamicSettings
): Effect.Effect<Answer, StoreFailed> =>
  add(engine, request, dynamic).pipe(
    Effect.map(({ client, credentials }) => json(201, clientInformation(engine.settings, client, credentials))),
    Effect.catch((error) => (error.kind === "failure" ? Effect.fail(error) : Effect.succeed(registrationError(error))))
  )

const add = Effect.fnUntraced(function* (engine: Engine, request: Incoming, dynamic: DynamicSettings) {
  const now = yield* nowSeconds
  const trusted = yield* checkInitialAccessToken(request.header, dynamic, now)
  const body = yield* readBody(request, "application/json")
  // Decide.
  const plan = yield* Effect.fromResult(decideRegistration(body, { settings: engine.settings, trusted }))
  const wait = trusted ? 0 : engine.registrations.wait("", now)
  if (wait > 0) return yield* new RegistrationFull({ retryAfter: wait })
  // Mint.
  const { registration, credentials } = yield* mint(plan, { trusted, now })
  // Commit.
  const outcome = yield* engine.store.addClient(registration, { maximum: dynamic.maximumClients })
  if (outcome._tag === "Full") return yield* new RegistrationFull({ retryAfter: REGISTRATION_RETRY_SECONDS })
  // The same client again: it was told of already, and nothing of it is a secret.
  if (outcome._tag === "Known") return { client: outcome.client, credentials: {} }
  if (!trusted) engine.registrations.failed("", now)
  yield* engine.tell({ event: "client-registered", clientId: registration.client.clientId })
  return { client: registration.client, credentials }
})

const mint = Effect.fnUntraced(function* (
  plan: ClientPlan,
  { trusted, now }: { readonly trusted: boolean; readonly now: number }
) {
  const clientId = yield* makeClientId
  const secret = plan.tokenEndpointAuthMethod.startsWith("client_secret_") ? yield* randomText() : undefined
  const registrationToken = trusted ? yield* randomText() : undefined
  const client: Client = {
    ...plan,
    clientId,
    ...(secret !== undefined && { secretHash: yield* sha256Text(secret) }),
    createdAt: now
  }
  const registration: Registration = {
    client,
    ...(registrationToken !== undefined && { registrationTokenHash: yield* sha256Text(registrationToken) }),
    ...(!trusted && { unusedUntil: now + UNUSED_CLIENT_SECONDS }),
    ...(!trusted &&
      plan.tokenEndpointAuthMethod === "none" && { metadataHash: yield* sha256Text(metadataHashInput(plan)) })
  }
  return { registration, credentials: { secret, registrationToken } satisfies Credentials }
})
