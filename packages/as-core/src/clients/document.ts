import { type ClientIdMetadataDocument, decodeClientIdMetadataDocument, parseJson } from "@postern/metadata"
import type { SafeResponse, Transport } from "@postern/safe-fetch"
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { maximumAgeOf } from "../http/cache-control.ts"
import { mediaType } from "../http/media-type.ts"
import { nowSeconds } from "../now.ts"
import { ClientDocumentRefused } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { Client } from "../store.ts"
import { displayName } from "./display-name.ts"
import { decideKeys, isKeyClient, type KeyMembers } from "./key-members.ts"
import { applicationTypeOf, checkApplicationType, checkRedirectUris } from "./redirect-uris.ts"

/** Section 6.6 of the draft recommends 5 kilobytes. */
const MAXIMUM_BYTES = 5120

const MAXIMUM_AGE_SECONDS = 300

const MAXIMUM_DOCUMENTS = 1000

/** Finds the client that a Client ID Metadata Document describes. */
export type DocumentFinder = (clientId: string) => Effect.Effect<Client, ClientDocumentRefused>

interface Found {
  readonly client: Client
  readonly maximumAge: number
}

/**
 * Reads documents through `transport`. One that is valid is kept for five minutes, or for less where its server says so; an
 * error or an invalid document is never kept (section 4.4 of the draft), and callers at once share one fetch.
 */
export const makeDocumentFinder = (options: {
  readonly transport: Transport
  readonly settings: Settings
}): Effect.Effect<DocumentFinder> =>
  Effect.map(
    Cache.makeWith((clientId: string) => fetchDocument(clientId, options), {
      capacity: MAXIMUM_DOCUMENTS,
      timeToLive: (exit) => Duration.seconds(Exit.isSuccess(exit) ? exit.value.maximumAge : 0)
    }),
    (cache): DocumentFinder =>
      (clientId) =>
        Effect.map(Cache.get(cache, clientId), ({ client }) => client)
  )

const fetchDocument = Effect.fnUntraced(function* (
  clientId: string,
  { transport, settings }: { readonly transport: Transport; readonly settings: Settings }
) {
  const response = yield* transport
    .fetch({ url: clientId, headers: { accept: "application/json" } })
    .pipe(Effect.mapError((error) => new ClientDocumentRefused({ clientId, reason: `${error._tag}: ${error.reason}` })))
  const now = yield* nowSeconds
  const client = yield* Effect.fromResult(decideDocument({ clientId, response, settings, now }))
  return {
    client,
    maximumAge: maximumAgeOf(response.headers.get("cache-control"), MAXIMUM_AGE_SECONDS)
  } satisfies Found
})

const decideDocument = (facts: {
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
    if (new TextEncoder().encode(response.text).length > MAXIMUM_BYTES) return yield* refuse("size")
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
    return toClient(document, { applicationType, keys, now })
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
  grantTypes: (["authorization_code", "refresh_token"] as const).filter((type) =>
    (document.grant_types ?? ["authorization_code"]).includes(type)
  ),
  applicationType,
  clientUri: document.client_uri,
  logoUri: document.logo_uri,
  policyUri: document.policy_uri,
  tosUri: document.tos_uri,
  createdAt: now
})
