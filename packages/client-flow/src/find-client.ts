import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AcceptedServer } from "./accept-server-metadata.ts"
import { type ClientCredentials, configuredClient, documentClient } from "./choose-client-authentication.ts"
import type { CommonSettings } from "./common-settings.ts"
import type { CredentialStoreFailed } from "./store.ts"

/** How we authenticate as a client id at one server; `undefined` when that client id is not ours there, or no longer. */
export const findClient = (
  settings: CommonSettings,
  server: AcceptedServer,
  clientId: string
): Effect.Effect<ClientCredentials | undefined, CredentialStoreFailed> => {
  const { issuer } = server
  const configured = settings.registrations.find((registration) => registration.issuer === issuer)
  if (configured) {
    if (configured.clientId !== clientId) return Effect.succeed(undefined)
    return Effect.succeed(Result.getOrUndefined(configuredClient(server, configured)))
  }
  if (clientId === settings.documentUrl) return Effect.succeed(documentClient(clientId, settings.documentKey))
  return Effect.map(settings.store.findRegistration(issuer), (stored) =>
    stored?.clientId === clientId
      ? { clientId, clientSecret: stored.clientSecret, method: stored.tokenEndpointAuthMethod }
      : undefined
  )
}
