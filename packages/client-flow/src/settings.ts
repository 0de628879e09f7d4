import { scopeSet } from "@postern/scope"
import {
  parseClientIdUrl,
  parseIssuer,
  parseRedirectUri,
  type RedirectUriForbidden,
  type RedirectUriMalformed,
  type TransportInsecure
} from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { FlowEvent } from "./events.ts"
import type { ClientOptions, PreRegistration, Relaxation, ScopePolicy, UserAgentRequest } from "./options.ts"
import { ConfigurationInvalid, UserAgentFailed } from "./rejections.ts"
import { relaxations, type Relaxations } from "./relaxation.ts"

/** The options, checked and with their defaults. */
export interface Settings extends Pick<ClientOptions, "transport" | "store" | "clientMetadata"> {
  readonly resourceFetch: typeof globalThis.fetch
  readonly userAgent: (request: UserAgentRequest) => Effect.Effect<string, UserAgentFailed>
  readonly redirectUri: Effect.Effect<
    string,
    UserAgentFailed | RedirectUriMalformed | RedirectUriForbidden | TransportInsecure
  >
  readonly documentUrl: string | undefined
  readonly registrations: ReadonlyArray<PreRegistration>
  readonly extraScope: ReadonlyArray<string>
  readonly offlineAccess: boolean
  readonly onStepUp: NonNullable<NonNullable<ClientOptions["scope"]>["onStepUp"]> | undefined
  readonly relax: Relaxations
  readonly maximumAuthorizations: number
  readonly emit: (event: FlowEvent) => Effect.Effect<void>
}

/** Checks the options; the first thing that is wrong is named by its key. */
export const checkOptions = (options: ClientOptions): Result.Result<Settings, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkNames("", options, OPTIONS)
    yield* checkNames("scope.", options.scope ?? {}, SCOPE_OPTIONS)
    if (options.clientIdMetadataUrl !== undefined) {
      yield* named("clientIdMetadataUrl", parseClientIdUrl(options.clientIdMetadataUrl))
    }
    if (typeof options.redirectUri === "string") yield* named("redirectUri", parseRedirectUri(options.redirectUri))
    if (options.clientMetadata.client_name.trim() === "")
      return yield* invalid("clientMetadata.client_name", "must not be blank")
    for (const [index, registration] of (options.registrations ?? []).entries()) {
      yield* checkRegistration(`registrations[${index}]`, registration, options.registrations ?? [])
    }
    for (const [index, relaxation] of (options.relax ?? []).entries())
      yield* checkRelaxation(`relax[${index}]`, relaxation)
    yield* named("scope.extra", scopeSet(options.scope?.extra ?? []))
    const maximumAuthorizations = options.maximumAuthorizations ?? 3
    if (!Number.isInteger(maximumAuthorizations) || maximumAuthorizations < 1 || maximumAuthorizations > 10) {
      return yield* invalid("maximumAuthorizations", "must be a whole number from 1 to 10")
    }
    const { events } = options
    return {
      transport: options.transport,
      store: options.store,
      clientMetadata: options.clientMetadata,
      // Looked up late, so that what a host program installs is used.
      resourceFetch: options.resourceFetch ?? ((input, init) => globalThis.fetch(input, init)),
      userAgent: (request) => fromUserAgent(options.userAgent(request)),
      redirectUri: checkedRedirectUri(options.redirectUri),
      documentUrl: options.clientIdMetadataUrl,
      registrations: options.registrations ?? [],
      extraScope: options.scope?.extra ?? [],
      offlineAccess: options.scope?.offlineAccess ?? true,
      onStepUp: options.scope?.onStepUp,
      relax: relaxations(options.relax ?? []),
      maximumAuthorizations,
      emit: (event) => (events ? Effect.sync(() => events(event)) : Effect.void)
    }
  })

const OPTIONS: Readonly<Record<keyof ClientOptions, true>> = {
  transport: true,
  resourceFetch: true,
  store: true,
  userAgent: true,
  redirectUri: true,
  clientMetadata: true,
  clientIdMetadataUrl: true,
  registrations: true,
  scope: true,
  relax: true,
  maximumAuthorizations: true,
  events: true
}

const SCOPE_OPTIONS: Readonly<Record<keyof ScopePolicy, true>> = { extra: true, offlineAccess: true, onStepUp: true }

const REGISTRATION_OPTIONS: Readonly<Record<keyof PreRegistration, true>> = {
  issuer: true,
  clientId: true,
  clientSecret: true,
  tokenEndpointAuthMethod: true
}

const RELAXATION_OPTIONS: Readonly<Record<keyof Relaxation, true>> = { issuer: true, allow: true, reason: true }

const EXCEPTIONS: Readonly<Record<Relaxation["allow"], true>> = {
  "issuer-trailing-slash": true,
  "pkce-metadata-absent": true,
  "metadata-other-origin": true,
  "endpoint-other-origin": true,
  "legacy-2025-03-26": true
}

const invalid = (key: string, reason: string) => Result.fail(new ConfigurationInvalid({ key, reason }))

const named = <A>(
  key: string,
  result: Result.Result<A, { readonly message: string }>
): Result.Result<A, ConfigurationInvalid> =>
  Result.mapError(result, ({ message }) => new ConfigurationInvalid({ key, reason: message }))

const checkNames = (prefix: string, options: object, known: object): Result.Result<void, ConfigurationInvalid> => {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name))
  return unknown === undefined ? Result.succeed(undefined) : invalid(prefix + unknown, "is not an option")
}

const checkRegistration = (
  key: string,
  registration: PreRegistration,
  all: ReadonlyArray<PreRegistration>
): Result.Result<void, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkNames(`${key}.`, registration, REGISTRATION_OPTIONS)
    const { clientId, clientSecret, issuer, tokenEndpointAuthMethod: method } = registration
    yield* named(`${key}.issuer`, parseIssuer(issuer))
    if (all.filter((other) => other.issuer === issuer).length > 1)
      return yield* invalid(`${key}.issuer`, "is there more than once")
    if (!VISIBLE.test(clientId)) return yield* invalid(`${key}.clientId`, "must be printable ASCII and not empty")
    if (clientSecret !== undefined && !VISIBLE.test(clientSecret)) {
      return yield* invalid(`${key}.clientSecret`, "must be printable ASCII and not empty")
    }
    if (method !== undefined && (method === "none") !== (clientSecret === undefined)) {
      return yield* invalid(
        `${key}.tokenEndpointAuthMethod`,
        "must be none without a secret, and something else with one"
      )
    }
  })

const VISIBLE = /^[\x20-\x7E]+$/

const checkRelaxation = (key: string, relaxation: Relaxation): Result.Result<void, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkNames(`${key}.`, relaxation, RELAXATION_OPTIONS)
    if (!Object.hasOwn(EXCEPTIONS, relaxation.allow)) return yield* invalid(`${key}.allow`, "is not a named exception")
    yield* named(`${key}.issuer`, parseIssuer(relaxation.issuer))
    if (relaxation.reason.trim() === "") return yield* invalid(`${key}.reason`, "must say why")
  })

const fromUserAgent = <A>(effect: Effect.Effect<A, { readonly _tag: string }>): Effect.Effect<A, UserAgentFailed> =>
  Effect.mapError(effect, (error) =>
    error instanceof UserAgentFailed ? error : new UserAgentFailed({ reason: error._tag, cause: error })
  )

const checkedRedirectUri = (redirectUri: ClientOptions["redirectUri"]): Settings["redirectUri"] =>
  typeof redirectUri === "string"
    ? Effect.succeed(redirectUri)
    : Effect.flatMap(fromUserAgent(redirectUri), (uri) => Effect.fromResult(parseRedirectUri(uri)))
