import {
  parseClientIdUrl,
  parseRedirectUri,
  type RedirectUriForbidden,
  type RedirectUriMalformed,
  type TransportInsecure
} from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { checkCodeGrant } from "./check-code-grant.ts"
import { checkCommonOptions, checkNames, COMMON_OPTIONS, invalid, named } from "./check-options.ts"
import { checkSharedResources } from "./check-shared-resources.ts"
import type { CommonSettings } from "./common-settings.ts"
import type { ClientOptions, ScopePolicy, UserAgentRequest } from "./options.ts"
import { type ConfigurationInvalid, UserAgentFailed } from "./rejections/index.ts"

/** The options of a client that a person uses, checked and with their defaults. */
export interface Settings extends CommonSettings, Pick<ClientOptions, "clientMetadata" | "askForClient"> {
  readonly userAgent: (request: UserAgentRequest) => Effect.Effect<string, UserAgentFailed>
  readonly redirectUri: Effect.Effect<
    string,
    UserAgentFailed | RedirectUriMalformed | RedirectUriForbidden | TransportInsecure
  >
  readonly offlineAccess: boolean
  readonly onStepUp: NonNullable<NonNullable<ClientOptions["scope"]>["onStepUp"]> | undefined
}

/** Checks the options; the first thing that is wrong is named by its key. */
export const checkOptions = (options: ClientOptions): Result.Result<Settings, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkNames("", options, OPTIONS)
    yield* checkNames("scope.", options.scope ?? {}, SCOPE_OPTIONS)
    const { clientIdMetadataKey: documentKey, clientIdMetadataUrl: documentUrl } = options
    if (documentUrl !== undefined) yield* named("clientIdMetadataUrl", parseClientIdUrl(documentUrl))
    else if (documentKey !== undefined) return yield* invalid("clientIdMetadataKey", "needs clientIdMetadataUrl")
    if (typeof options.redirectUri === "string") yield* named("redirectUri", parseRedirectUri(options.redirectUri))
    if (options.clientMetadata.client_name.trim() === "")
      return yield* invalid("clientMetadata.client_name", "must not be blank")
    return {
      ...(yield* checkCommonOptions(options)),
      checkGrant: checkCodeGrant,
      clientMetadata: options.clientMetadata,
      askForClient: options.askForClient,
      userAgent: (request) => fromUserAgent(options.userAgent(request)),
      redirectUri: checkedRedirectUri(options.redirectUri),
      documentUrl,
      documentKey,
      sharedResources: yield* checkSharedResources(options.sharedResources ?? []),
      offlineAccess: options.scope?.offlineAccess ?? true,
      onStepUp: options.scope?.onStepUp
    }
  })

const OPTIONS: Readonly<Record<keyof ClientOptions, true>> = {
  ...COMMON_OPTIONS,
  userAgent: true,
  redirectUri: true,
  clientMetadata: true,
  clientIdMetadataUrl: true,
  clientIdMetadataKey: true,
  askForClient: true,
  scope: true,
  sharedResources: true
}

const SCOPE_OPTIONS: Readonly<Record<keyof ScopePolicy, true>> = { extra: true, offlineAccess: true, onStepUp: true }

const fromUserAgent = <A>(effect: Effect.Effect<A, { readonly _tag: string }>): Effect.Effect<A, UserAgentFailed> =>
  Effect.mapError(effect, (error) =>
    error instanceof UserAgentFailed ? error : new UserAgentFailed({ reason: error._tag, cause: error })
  )

const checkedRedirectUri = (redirectUri: ClientOptions["redirectUri"]): Settings["redirectUri"] =>
  typeof redirectUri === "string"
    ? Effect.succeed(redirectUri)
    : Effect.flatMap(fromUserAgent(redirectUri), (uri) => Effect.fromResult(parseRedirectUri(uri)))
