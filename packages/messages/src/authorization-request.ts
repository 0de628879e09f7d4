import {
  type CodeChallengeMalformed,
  type ChallengeMethodUnsupported,
  type CodeChallenge,
  parseChallenge,
  parseChallengeMethod
} from "@postern/pkce"
import { parseScope, type ScopeMalformed, type ScopeSet } from "@postern/scope"
import type { ResourceIdentifier } from "@postern/uri"
import * as Result from "effect/Result"
import { required, resourceIdentifiers, visible } from "./grammar.ts"
import type { Parameters } from "./parameters.ts"
import {
  ChallengeMissing,
  ParameterInvalid,
  type ParameterMissing,
  ParameterUnsupported,
  type ResourceInvalid,
  ResponseTypeUnsupported
} from "./rejections.ts"

/** What the user is to be asked (OpenID Connect Core 1.0 section 3.1.2.1). */
export type Prompt = "none" | "login" | "consent" | "select_account"

/** An authorization request for a code with PKCE (OAuth 2.1 section 4.1.1). */
export interface AuthorizationRequest {
  readonly clientId: string
  /** As it came; which of the registered ones it is, `matchRedirectUri` of `@postern/uri` says. */
  readonly redirectUri?: string | undefined
  readonly responseType: "code"
  readonly codeChallenge: CodeChallenge
  readonly codeChallengeMethod: "S256"
  readonly scope?: ScopeSet | undefined
  /** At most 4096 characters, any of them; given back as it came. */
  readonly state?: string | undefined
  /** RFC 8707 section 2; empty when the request names none. */
  readonly resources: ReadonlyArray<ResourceIdentifier>
  /** In the order of the request; `none` only alone. */
  readonly prompt?: ReadonlyArray<Prompt> | undefined
  /** Thumbprint of the key that the code is to be bound to: 43 letters of base64url (RFC 9449 section 10). */
  readonly dpopJkt?: string | undefined
}

/** Why an authorization request is refused, once client and redirect URI are known to be right. */
export type AuthorizationRequestRejection =
  | ParameterMissing
  | ParameterInvalid
  | ParameterUnsupported
  | ResponseTypeUnsupported
  | ChallengeMissing
  | CodeChallengeMalformed
  | ChallengeMethodUnsupported
  | ScopeMalformed
  | ResourceInvalid

const SPEC = "OAuth 2.1 section 4.1.1"
const MAXIMUM_STATE = 4096

/**
 * What decides whether an error may be sent to the redirect URI at all, before anything else is looked at (OAuth 2.1
 * section 4.1.2.1). A `state` that could not be given back as it came is left out.
 */
export const peekClient = (
  parameters: Parameters
): {
  readonly clientId?: string | undefined
  readonly redirectUri?: string | undefined
  readonly state?: string | undefined
} => {
  const state = parameters.get("state")
  return {
    clientId: parameters.get("client_id"),
    redirectUri: parameters.get("redirect_uri"),
    state: stateProblem(state) ? undefined : state
  }
}

/**
 * Reads an authorization request (OAuth 2.1 section 4.1.1). What would replace the request from elsewhere is refused
 * first, then the response type, then what PKCE demands, then the rest; parameters that nobody knows are ignored.
 */
export const decodeAuthorizationRequest = (
  parameters: Parameters
): Result.Result<AuthorizationRequest, AuthorizationRequestRejection> => {
  for (const parameter of ["request", "request_uri", "registration"] as const) {
    if (parameters.get(parameter) !== undefined) return Result.fail(new ParameterUnsupported({ parameter }))
  }
  const clientId = Result.flatMap(required(parameters, "client_id", SPEC), (value) => visible("client_id", value))
  if (Result.isFailure(clientId)) return Result.fail(clientId.failure)
  const responseType = required(parameters, "response_type", SPEC)
  if (Result.isFailure(responseType)) return Result.fail(responseType.failure)
  if (responseType.success !== "code") return Result.fail(new ResponseTypeUnsupported())
  const challenge = decodeChallenge(parameters)
  if (Result.isFailure(challenge)) return Result.fail(challenge.failure)
  const responseMode = checkResponseMode(parameters.get("response_mode"))
  if (Result.isFailure(responseMode)) return Result.fail(responseMode.failure)
  const state = decodeState(parameters.get("state"))
  if (Result.isFailure(state)) return Result.fail(state.failure)
  const scopeText = parameters.get("scope")
  const scope = scopeText === undefined ? Result.succeed(undefined) : parseScope(scopeText)
  if (Result.isFailure(scope)) return Result.fail(scope.failure)
  const resources = resourceIdentifiers(parameters.resources)
  if (Result.isFailure(resources)) return Result.fail(resources.failure)
  const prompt = decodePrompt(parameters.get("prompt"))
  if (Result.isFailure(prompt)) return Result.fail(prompt.failure)
  return Result.map(decodeThumbprint(parameters.get("dpop_jkt")), (dpopJkt) => ({
    clientId: clientId.success,
    redirectUri: parameters.get("redirect_uri"),
    responseType: "code",
    codeChallenge: challenge.success,
    codeChallengeMethod: "S256",
    state: state.success,
    scope: scope.success,
    resources: resources.success,
    prompt: prompt.success,
    dpopJkt
  }))
}

/** S256 is the one method that is read. */
const decodeChallenge = (
  parameters: Parameters
): Result.Result<CodeChallenge, ChallengeMissing | CodeChallengeMalformed | ChallengeMethodUnsupported> => {
  const challenge = parameters.get("code_challenge")
  if (challenge === undefined) return Result.fail(new ChallengeMissing())
  const method = parseChallengeMethod(parameters.get("code_challenge_method"))
  return Result.isFailure(method) ? Result.fail(method.failure) : parseChallenge(challenge)
}

const stateProblem = (state = ""): "too-long" | "characters" | undefined => {
  if (state.length > MAXIMUM_STATE) return "too-long"
  // What a decoder leaves of bytes that are no UTF-8; the client would not get back what it sent.
  return state.includes("\uFFFD") ? "characters" : undefined
}

const decodeState = (state: string | undefined): Result.Result<string | undefined, ParameterInvalid> => {
  const reason = stateProblem(state)
  return reason ? Result.fail(new ParameterInvalid({ parameter: "state", reason })) : Result.succeed(state)
}

/** OAuth 2.0 Multiple Response Type Encoding Practices section 2.1: the default for a code, and the only one served. */
const checkResponseMode = (mode: string | undefined): Result.Result<void, ParameterInvalid> =>
  mode === undefined || mode === "query"
    ? Result.succeed(undefined)
    : Result.fail(new ParameterInvalid({ parameter: "response_mode", reason: "value" }))

/** RFC 9449 section 10: a SHA-256 hash. */
const decodeThumbprint = (thumbprint: string | undefined): Result.Result<string | undefined, ParameterInvalid> =>
  thumbprint === undefined || /^[\w-]{43}$/.test(thumbprint)
    ? Result.succeed(thumbprint)
    : Result.fail(new ParameterInvalid({ parameter: "dpop_jkt", reason: "value" }))

const isPrompt = (value: string): value is Prompt =>
  value === "none" || value === "login" || value === "consent" || value === "select_account"

const decodePrompt = (text: string | undefined): Result.Result<ReadonlyArray<Prompt> | undefined, ParameterInvalid> => {
  if (text === undefined) return Result.succeed(undefined)
  const values = text.split(" ")
  const prompts = values.filter(isPrompt)
  const sound =
    prompts.length === values.length &&
    new Set(values).size === values.length &&
    (values.length === 1 || !values.includes("none"))
  return sound ? Result.succeed(prompts) : Result.fail(new ParameterInvalid({ parameter: "prompt", reason: "value" }))
}
