import { parseIssuer } from "@postern/uri"
import { scopeSet } from "@postern/scope"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Adjustment } from "./adjustment.ts"
import { makeNonces } from "./nonces.ts"
import type { CommonOptions, Exception, PreRegistration, Relaxation } from "./options.ts"
import { makeQueue } from "./queue.ts"
import { ConfigurationInvalid } from "./rejections/index.ts"
import { relaxations } from "./relaxation.ts"
import type { CommonSettings } from "./common-settings.ts"
import { DEFAULT_ACCOUNT } from "./store.ts"

/** The names of the options that every client has. */
export const COMMON_OPTIONS: Readonly<Record<keyof CommonOptions, true>> = {
  transport: true,
  resourceFetch: true,
  store: true,
  account: true,
  registrations: true,
  chooseAuthorizationServer: true,
  dpop: true,
  relax: true,
  maximumAuthorizations: true,
  events: true
}

const REGISTRATION_OPTIONS: Readonly<Record<keyof PreRegistration, true>> = {
  issuer: true,
  clientId: true,
  clientSecret: true,
  clientKey: true,
  tokenEndpointAuthMethod: true
}

const RELAXATION_OPTIONS: Readonly<Record<keyof Relaxation, true>> = { issuer: true, allow: true, reason: true }

const EXCEPTIONS: Readonly<Record<Exception, true>> = {
  "issuer-trailing-slash": true,
  "pkce-metadata-absent": true,
  "metadata-other-origin": true,
  "endpoint-other-origin": true,
  "legacy-2025-03-26": true
}

/** What every client is made with, checked; the first thing that is wrong is named by its key. */
export const checkCommonOptions = (
  options: CommonOptions & { readonly scope?: { readonly extra?: ReadonlyArray<string> | undefined } | undefined }
): Result.Result<
  Omit<CommonSettings, "checkGrant" | "documentUrl" | "documentKey" | "sharedResources">,
  ConfigurationInvalid
> =>
  Result.gen(function* () {
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
    const { account = DEFAULT_ACCOUNT, chooseAuthorizationServer, dpop, events, store, transport } = options
    if (account === "") return yield* invalid("account", "must not be empty")
    return {
      transport,
      store,
      account,
      exclusively: store.exclusively ?? makeQueue(),
      chooseAuthorizationServer,
      dpop,
      // Looked up late, so that what a host program installs is used.
      resourceFetch: options.resourceFetch ?? ((input, init) => globalThis.fetch(input, init)),
      registrations: options.registrations ?? [],
      extraScope: options.scope?.extra ?? [],
      relax: relaxations(options.relax ?? []),
      maximumAuthorizations,
      nonces: makeNonces(),
      emit: (event) => (events ? Effect.sync(() => events(event)) : Effect.void)
    }
  })

/** An option that is wrong. */
export const invalid = (key: string, reason: string) => Result.fail(new ConfigurationInvalid({ key, reason }))

/** What somebody else refuses, by the name of the option. */
export const named = <A>(
  key: string,
  result: Result.Result<A, { readonly message: string }>
): Result.Result<A, ConfigurationInvalid> =>
  Result.mapError(result, ({ message }) => new ConfigurationInvalid({ key, reason: message }))

/** Refuses options that nobody knows. */
export const checkNames = (
  prefix: string,
  options: object,
  known: object
): Result.Result<void, ConfigurationInvalid> => {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name))
  return unknown === undefined ? Result.succeed(undefined) : invalid(prefix + unknown, "is not an option")
}

/** What a client identifier or a secret may be (RFC 6749 appendix A). */
export const VISIBLE = /^[\x20-\x7E]+$/

const checkRegistration = (
  key: string,
  registration: PreRegistration,
  all: ReadonlyArray<PreRegistration>
): Result.Result<void, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkNames(`${key}.`, registration, REGISTRATION_OPTIONS)
    yield* named(`${key}.issuer`, parseIssuer(registration.issuer))
    if (all.filter(({ issuer }) => issuer === registration.issuer).length > 1)
      return yield* invalid(`${key}.issuer`, "is there more than once")
    yield* checkClient(key, registration)
  })

/** Who a client is at one server: one proof of that at most, and a method that fits it. */
export const checkClient = (
  key: string,
  client: Omit<PreRegistration, "issuer">
): Result.Result<void, ConfigurationInvalid> => {
  const { clientId, clientKey, clientSecret, tokenEndpointAuthMethod: method } = client
  if (!VISIBLE.test(clientId)) return invalid(`${key}.clientId`, "must be printable ASCII and not empty")
  if (clientSecret !== undefined && !VISIBLE.test(clientSecret)) {
    return invalid(`${key}.clientSecret`, "must be printable ASCII and not empty")
  }
  if (clientSecret !== undefined && clientKey !== undefined) {
    return invalid(
      `${key}.clientKey`,
      "must not stand beside a secret: a client has one method (OAuth 2.1 section 2.4)"
    )
  }
  const proof = clientKey === undefined ? (clientSecret === undefined ? "none" : "secret") : "key"
  return method === undefined || METHODS[proof].includes(method)
    ? Result.succeed(undefined)
    : invalid(`${key}.tokenEndpointAuthMethod`, `must be ${METHODS[proof].join(" or ")} ${WITH[proof]}`)
}

const METHODS: Readonly<Record<"none" | "secret" | "key", ReadonlyArray<string>>> = {
  none: ["none"],
  secret: ["client_secret_basic", "client_secret_post"],
  key: ["private_key_jwt"]
}

const WITH = { none: "without a secret or key", secret: "with a secret", key: "with a key" }

const checkRelaxation = (key: string, relaxation: Relaxation): Result.Result<void, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkNames(`${key}.`, relaxation, RELAXATION_OPTIONS)
    const { allow } = relaxation
    if (!(allow instanceof Adjustment) && !Object.hasOwn(EXCEPTIONS, allow))
      return yield* invalid(`${key}.allow`, "is not a named exception")
    yield* named(`${key}.issuer`, parseIssuer(relaxation.issuer))
    if (relaxation.reason.trim() === "") return yield* invalid(`${key}.reason`, "must say why")
  })
