import { type ClientInformation, decodeClientInformation, parseJson } from "@postern/metadata"
import { decodeErrorResponse } from "@postern/messages"
import type { SafeResponse } from "@postern/safe-fetch"
import { matchRedirectUri } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { applicationTypeOf } from "./application-type.ts"
import { showable } from "./events.ts"
import { exchange, isUnavailable, unavailable } from "./exchange.ts"
import type { FlowError } from "./flow-error.ts"
import type { ClientDescription } from "./options.ts"
import { RegistrationGated, RegistrationRejected, RegistrationUnusable } from "./rejections/index.ts"
import type { Settings } from "./settings.ts"
import type { RegisteredMethod, StoredRegistration } from "./store.ts"

/** What is asked for: metadata as RFC 7591 section 2 has it. */
export const registrationRequest = (facts: {
  readonly description: ClientDescription
  readonly redirectUri: string
  readonly method: RegisteredMethod
  /** Whether tokens that are bound to no key are of no use (RFC 9449 section 5.2). */
  readonly bound: boolean
}): Readonly<Record<string, unknown>> => ({
  application_type: applicationTypeOf([facts.redirectUri]),
  ...facts.description,
  redirect_uris: [facts.redirectUri],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: facts.method,
  ...(facts.bound ? { dpop_bound_access_tokens: true } : {})
})

/**
 * What was registered, which may be other than what was asked for (RFC 7591 section 3.2.1): the answer is obeyed where we
 * can, and refused where we cannot.
 */
export const acceptRegistration = (facts: {
  readonly issuer: string
  readonly redirectUri: string
  readonly requested: RegisteredMethod
  readonly listed: ReadonlyArray<string> | undefined
  readonly information: ClientInformation
}): Result.Result<StoredRegistration, RegistrationUnusable> => {
  const { information, issuer, redirectUri } = facts
  const unusable = (parameter: RegistrationUnusable["parameter"], expected?: string, received?: string) =>
    Result.fail(new RegistrationUnusable({ issuer, parameter, expected, received: received && showable(received) }))
  const redirectUris = information.redirect_uris?.length ? information.redirect_uris : [redirectUri]
  if (Result.isFailure(matchRedirectUri(redirectUris, redirectUri))) {
    return unusable("redirect_uris", redirectUri, redirectUris.join(" "))
  }
  if (information.grant_types?.includes("authorization_code") === false) {
    return unusable("grant_types", "authorization_code", information.grant_types.join(" "))
  }
  const registered = registeredMethod(facts)
  const method = METHODS.find((known) => known === registered)
  if (method === undefined) return unusable("token_endpoint_auth_method", facts.requested, registered)
  const clientSecret = method === "none" ? undefined : information.client_secret
  if (method !== "none" && clientSecret === undefined) return unusable("client_secret")
  return Result.succeed({
    issuer,
    clientId: information.client_id,
    clientSecret,
    clientSecretExpiresAt: information.client_secret_expires_at,
    tokenEndpointAuthMethod: method,
    redirectUris
  })
}

const METHODS: ReadonlyArray<RegisteredMethod> = ["none", "client_secret_basic", "client_secret_post"]

// An answer without a method means the one that was asked for; unless that was none, which the server does not list, and a
// secret came with it, which then is meant to be used in the default way (RFC 7591 section 2).
const registeredMethod = (facts: {
  readonly requested: RegisteredMethod
  readonly listed: ReadonlyArray<string> | undefined
  readonly information: ClientInformation
}): string => {
  const { information, listed, requested } = facts
  if (information.token_endpoint_auth_method !== undefined) return information.token_endpoint_auth_method
  const secretUnasked = requested === "none" && information.client_secret !== undefined
  return secretUnasked && listed?.includes("none") !== true ? "client_secret_basic" : requested
}

/** Registers this client at one issuer (RFC 7591 section 3). */
export const register = Effect.fnUntraced(function* (
  settings: Settings,
  facts: {
    readonly issuer: string
    readonly endpoint: string
    readonly metadataUrl: string
    readonly method: RegisteredMethod
    readonly listed: ReadonlyArray<string> | undefined
    readonly redirectUri: string
  }
): Effect.fn.Return<StoredRegistration, FlowError> {
  const { endpoint, issuer, listed, metadataUrl, method, redirectUri } = facts
  const { clientMetadata: description, dpop } = settings
  const wanted = registrationRequest({ description, redirectUri, method, bound: dpop?.required === true })
  const response = yield* exchange(settings, "registration", {
    url: endpoint,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(wanted),
    namedBy: metadataUrl
  })
  if (isUnavailable(response.status)) return yield* unavailable("registration", response)
  if (response.status >= 400) return yield* refusal(issuer, response)
  const json = yield* Effect.fromResult(parseJson(response.text))
  const information = yield* Effect.fromResult(decodeClientInformation(json))
  return yield* Effect.fromResult(acceptRegistration({ issuer, redirectUri, requested: method, listed, information }))
})

/** Whether nobody may register without more than we have, or what we asked for was refused (RFC 7591 section 3). */
const refusal = (issuer: string, { headers, status, text }: SafeResponse): RegistrationGated | RegistrationRejected => {
  const decoded = Result.getOrUndefined(Result.flatMap(parseJson(text), decodeErrorResponse))
  const facts = { issuer, status, error: decoded && showable(decoded.error) }
  const gated =
    GATED_STATUS.has(status) ||
    headers.has("www-authenticate") ||
    (decoded !== undefined && GATED_ERRORS.has(decoded.error)) ||
    // RFC 7591 has no code for it; which of the two it is called changes nothing but the remedy that is shown.
    /initial.access.token/i.test(decoded?.errorDescription ?? "")
  return gated ? new RegistrationGated(facts) : new RegistrationRejected(facts)
}

// Who is not let in, and what is not there although the metadata names it.
const GATED_STATUS: ReadonlySet<number> = new Set([401, 403, 404, 405])

// RFC 6750 section 3.1, RFC 6749 section 4.1.2.1, RFC 7591 section 3.2.2: for want of a token, a permission or a statement.
const GATED_ERRORS: ReadonlySet<string> = new Set([
  "invalid_token",
  "insufficient_scope",
  "access_denied",
  "unauthorized_client",
  "unapproved_software_statement"
])
