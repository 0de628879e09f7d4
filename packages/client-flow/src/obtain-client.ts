import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { adjust } from "./adjust.ts"
import { VISIBLE } from "./check-options.ts"
import { type ClientCredentials, methodForSecret, registeredClient } from "./choose-client-authentication.ts"
import { chooseRegistration } from "./choose-registration.ts"
import type { Discovery } from "./discover.ts"
import type { FlowError } from "./flow-error.ts"
import { now } from "./now.ts"
import type { AskedClient } from "./options.ts"
import { register } from "./register.ts"
import { type RegistrationGated, type RegistrationUnavailable, RegistrationUnusable } from "./rejections/index.ts"
import type { Settings } from "./settings.ts"
import type { StoredRegistration } from "./store.ts"

interface Facts {
  readonly discovery: Discovery
  readonly redirectUri: string
}

/** A client that we have at this server, else a new one, else, where nobody may register, one that the host brings. */
export const obtainClient = Effect.fnUntraced(function* (
  settings: Settings,
  facts: Facts
): Effect.fn.Return<ClientCredentials, FlowError> {
  const { discovery, redirectUri } = facts
  const { metadataUrl, server } = discovery
  const { authenticationMethods: listed, issuer } = server
  const choice = chooseRegistration({
    server,
    configured: settings.registrations.find((registration) => registration.issuer === issuer),
    documentUrl: settings.documentUrl,
    documentKey: settings.documentKey,
    stored: yield* settings.store.findRegistration(issuer),
    redirectUri,
    now: yield* now
  })
  if (Result.isFailure(choice)) {
    const { failure } = choice
    return yield* failure._tag === "RegistrationUnavailable" ? ask(settings, facts, failure) : failure
  }
  if (choice.success.way !== "register") {
    const { client, way } = choice.success
    yield* settings.emit({ _tag: "RegistrationChosen", issuer, way, clientId: client.clientId })
    return client
  }
  const { endpoint } = choice.success
  const wanted = choice.success.method
  const method = yield* adjust(settings, issuer, wanted, (seams, method) => seams.registrationMethod?.(method))
  return yield* register(settings, { issuer, endpoint, metadataUrl, method, listed, redirectUri }).pipe(
    Effect.flatMap((registration) => keep(settings, "registered", registration)),
    Effect.catchIf(
      (error) => error._tag === "RegistrationGated",
      (gated) => ask(settings, facts, gated)
    )
  )
})

/** The last resort: a client id that somebody has from the operator of the server. */
const ask = Effect.fnUntraced(function* (
  settings: Settings,
  { discovery, redirectUri }: Facts,
  refusal: RegistrationUnavailable | RegistrationGated
): Effect.fn.Return<ClientCredentials, FlowError> {
  const { resource, server } = discovery
  const { issuer } = server
  const asked: AskedClient | undefined =
    settings.askForClient && (yield* settings.askForClient({ issuer, resource, redirectUri, reason: refusal._tag }))
  if (asked === undefined) return yield* refusal
  const { clientId, clientSecret, tokenEndpointAuthMethod } = asked
  if (!VISIBLE.test(clientId)) return yield* new RegistrationUnusable({ issuer, parameter: "client_id" })
  if (clientSecret !== undefined && !VISIBLE.test(clientSecret)) {
    return yield* new RegistrationUnusable({ issuer, parameter: "client_secret" })
  }
  const method = tokenEndpointAuthMethod ?? (yield* Effect.fromResult(methodForSecret(server, clientSecret)))
  const redirectUris = [redirectUri]
  return yield* keep(settings, "asked", {
    issuer,
    clientId,
    clientSecret,
    tokenEndpointAuthMethod: method,
    redirectUris
  })
})

const keep = Effect.fnUntraced(function* (
  settings: Settings,
  way: "registered" | "asked",
  registration: StoredRegistration
): Effect.fn.Return<ClientCredentials, FlowError> {
  const { clientId, issuer } = registration
  yield* settings.store.saveRegistration(registration)
  yield* settings.emit({ _tag: "RegistrationChosen", issuer, way, clientId })
  return registeredClient(clientId, registration)
})
