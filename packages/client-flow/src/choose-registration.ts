import { matchRedirectUri } from "@postern/uri"
import * as Result from "effect/Result"
import type { AcceptedServer } from "./accept-server-metadata.ts"
import {
  chooseRegistrationMethod,
  type ClientCredentials,
  configuredClient,
  documentClient,
  registeredClient,
  takesAssertionsOf
} from "./choose-client-authentication.ts"
import type { ClientKey, PreRegistration } from "./options.ts"
import { type ClientAuthenticationUnsupported, RegistrationUnavailable } from "./rejections/index.ts"
import type { RegisteredMethod, StoredRegistration } from "./store.ts"

/** How a client id is come by. */
export type RegistrationChoice =
  | { readonly way: "configured" | "document" | "stored"; readonly client: ClientCredentials }
  | { readonly way: "register"; readonly endpoint: string; readonly method: RegisteredMethod }

/**
 * Chooses in the order of the specification (MCP Authorization, Client Registration): a client id configured for this
 * issuer, our metadata document where the server takes those, dynamic registration (a kept one first), or nothing. Whatever
 * belongs to another issuer is not among the facts.
 */
export const chooseRegistration = (facts: {
  readonly server: AcceptedServer
  readonly configured: PreRegistration | undefined
  readonly documentUrl: string | undefined
  /** The key of the document, if it has one. */
  readonly documentKey: ClientKey | undefined
  readonly stored: StoredRegistration | undefined
  readonly redirectUri: string
  /** Seconds since 1970. */
  readonly now: number
}): Result.Result<RegistrationChoice, RegistrationUnavailable | ClientAuthenticationUnsupported> => {
  const { configured, documentKey, documentUrl, now, redirectUri, server, stored } = facts
  if (configured) return Result.map(configuredClient(server, configured), (client) => ({ way: "configured", client }))
  // A document that says private_key_jwt is of no use where that cannot be done.
  const documentFits = server.takesClientIdDocuments && (!documentKey || takesAssertionsOf(server, documentKey))
  if (documentUrl !== undefined && documentFits) {
    return Result.succeed({ way: "document", client: documentClient(documentUrl, documentKey) })
  }
  if (stored && isUsable(stored, redirectUri, now)) {
    return Result.succeed({ way: "stored", client: registeredClient(stored.clientId, stored) })
  }
  const endpoint = server.registrationEndpoint
  if (endpoint === undefined) return Result.fail(new RegistrationUnavailable({ issuer: server.issuer }))
  return Result.map(chooseRegistrationMethod(server), (method) => ({ way: "register", endpoint, method }))
}

const isUsable = (stored: StoredRegistration, redirectUri: string, now: number): boolean =>
  Result.isSuccess(matchRedirectUri(stored.redirectUris, redirectUri)) &&
  // 0 means that the secret does not expire (RFC 7591 section 3.2.1).
  (!stored.clientSecretExpiresAt || stored.clientSecretExpiresAt > now)
