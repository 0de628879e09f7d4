import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AcceptedServer } from "./accept-server-metadata.ts"
import {
  type ClientCredentials,
  configuredClient,
  documentClient,
  registeredClient
} from "./choose-client-authentication.ts"
import type { CommonSettings } from "./common-settings.ts"
import type { CredentialStoreFailed, StoredCredentials } from "./store.ts"

/**
 * How the client authenticates at one server that credentials were issued to, be it registered last or before; `undefined` when it
 * is not ours there, or no longer.
 */
export const findClient = (
  settings: CommonSettings,
  server: AcceptedServer,
  { clientAuthentication, clientId }: Pick<StoredCredentials, "clientAuthentication" | "clientId">
): Effect.Effect<ClientCredentials | undefined, CredentialStoreFailed> => {
  const { issuer } = server
  const configured = settings.registrations.find((registration) => registration.issuer === issuer)
  if (configured) {
    if (configured.clientId !== clientId) return Effect.succeed(undefined)
    return Effect.succeed(Result.getOrUndefined(configuredClient(server, configured)))
  }
  if (clientId === settings.documentUrl) return Effect.succeed(documentClient(clientId, settings.documentKey))
  return Effect.map(settings.store.findRegistration(issuer), (stored) => {
    // The one that is kept may have a newer secret.
    const authentication = stored?.clientId === clientId ? stored : clientAuthentication
    return authentication && registeredClient(clientId, authentication)
  })
}
