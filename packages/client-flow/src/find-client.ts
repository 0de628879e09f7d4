import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AcceptedServer } from "./accept-server-metadata.ts"
import { chooseConfiguredMethod, type ClientCredentials } from "./choose-client-authentication.ts"
import type { Settings } from "./settings.ts"
import type { CredentialStoreFailed } from "./store.ts"

/** How we authenticate as a client id at one server; `undefined` when that client id is not ours there, or no longer. */
export const findClient = (
  settings: Settings,
  server: AcceptedServer,
  clientId: string
): Effect.Effect<ClientCredentials | undefined, CredentialStoreFailed> => {
  const { authenticationMethods: listed, issuer } = server
  const configured = settings.registrations.find((registration) => registration.issuer === issuer)
  if (configured) {
    if (configured.clientId !== clientId) return Effect.succeed(undefined)
    const { clientSecret, tokenEndpointAuthMethod } = configured
    const hasSecret = clientSecret !== undefined
    const method = chooseConfiguredMethod({ issuer, listed, hasSecret, configured: tokenEndpointAuthMethod })
    return Effect.succeed(Result.isSuccess(method) ? { clientId, clientSecret, method: method.success } : undefined)
  }
  if (clientId === settings.documentUrl) return Effect.succeed({ clientId, method: "none" })
  return Effect.map(settings.store.findRegistration(issuer), (stored) =>
    stored?.clientId === clientId
      ? { clientId, clientSecret: stored.clientSecret, method: stored.tokenEndpointAuthMethod }
      : undefined
  )
}
