import { type ClientIdMetadataDocument, decodeClientIdMetadataDocument, parseJson } from "@postern/metadata"
import type { SafeResponse } from "@postern/safe-fetch"
import * as Result from "effect/Result"
import { mediaType } from "../http/media-type.ts"
import { MAXIMUM_DOCUMENT_BYTES } from "../limits.ts"
import { ClientDocumentRefused } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { Client } from "../store.ts"
import { displayName } from "./display-name.ts"
import { decideKeys, isKeyClient, type KeyMembers } from "./key-members.ts"
import { applicationTypeOf, checkApplicationType, checkRedirectUris } from "./redirect-uris.ts"

/** The whole policy of a Client ID Metadata Document: from the answer at its URL to the client that it describes. */
export const decideDocument = (facts: {
  readonly clientId: string
  readonly response: SafeResponse
  readonly settings: Settings
  readonly now: number
}): Result.Result<Client, ClientDocumentRefused> =>
  Result.gen(function* () {
    const { clientId, response, settings, now } = facts
    const refuse = (reason: string) => Result.fail(new ClientDocumentRefused({ clientId, reason }))
    // "all other HTTP status codes as error"
    if (response.status !== 200) return yield* refuse(`status ${response.status}`)
    const type = mediaType(response.headers.get("content-type"))
    if (type !== "application/json" && !(type?.startsWith("application/") && type.endsWith("+json"))) {
      return yield* refuse("content type")
    }
    if (new TextEncoder().encode(response.text).length > MAXIMUM_DOCUMENT_BYTES) return yield* refuse("size")
    const because = Result.mapError(
      (rejection: { readonly message: string }) => new ClientDocumentRefused({ clientId, reason: rejection.message })
    )
    const json = yield* because(parseJson(response.text))
    const document = yield* because(
      decodeClientIdMetadataDocument(json, { url: clientId, allowPrivateUse: settings.privateUseSchemes })
    )
    yield* because(checkRedirectUris(document.redirect_uris, settings))
    const applicationType = document.application_type ?? applicationTypeOf(document.redirect_uris)
    yield* because(checkApplicationType(document.redirect_uris, applicationType))
    if (!(document.response_types ?? ["code"]).includes("code")) return yield* refuse("response_types without code")
    const keys = isKeyClient(document) ? yield* because(decideKeys(document)) : undefined
    const client = toClient(document, { applicationType, keys, now })
    return settings.tokenEndpointAuthMethods.includes(client.tokenEndpointAuthMethod)
      ? client
      : yield* refuse(`${client.tokenEndpointAuthMethod} is no method of this server`)
  })

const toClient = (
  document: ClientIdMetadataDocument,
  {
    applicationType,
    keys,
    now
  }: {
    readonly applicationType: Client["applicationType"]
    readonly keys: KeyMembers | undefined
    readonly now: number
  }
): Client => ({
  clientId: document.client_id,
  origin: "document",
  name: displayName(document.client_name),
  redirectUris: document.redirect_uris,
  tokenEndpointAuthMethod: keys === undefined ? "none" : "private_key_jwt",
  ...keys,
  // Nobody vouched for a client that may use what needs no user (client_credentials).
  grantTypes: (["authorization_code", "refresh_token"] as const).filter((type) =>
    (document.grant_types ?? ["authorization_code"]).includes(type)
  ),
  dpopBoundAccessTokens: document.dpop_bound_access_tokens,
  applicationType,
  clientUri: document.client_uri,
  logoUri: document.logo_uri,
  policyUri: document.policy_uri,
  tosUri: document.tos_uri,
  createdAt: now
})
