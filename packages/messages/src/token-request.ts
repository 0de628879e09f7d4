import { type CodeVerifier, parseVerifier, type VerifierMalformed } from "@postern/pkce"
import { formatScope, parseScope, type ScopeMalformed, type ScopeSet } from "@postern/scope"
import type { ResourceIdentifier } from "@postern/uri"
import * as Result from "effect/Result"
import { required, resourceIdentifiers, visible } from "./grammar.ts"
import type { Parameters } from "./parameters.ts"
import { formatQuery } from "./query.ts"
import {
  GrantTypeUnsupported,
  type ParameterInvalid,
  type ParameterMissing,
  type ResourceInvalid
} from "./rejections.ts"

/** Redeems a code (OAuth 2.1 section 4.1.3). */
export interface CodeTokenRequest {
  readonly grantType: "authorization_code"
  readonly code: string
  readonly codeVerifier: CodeVerifier
  readonly redirectUri?: string | undefined
  readonly clientId?: string | undefined
  readonly resources: ReadonlyArray<ResourceIdentifier>
}

/** Rotates a refresh token (OAuth 2.1 section 4.3.1). */
export interface RefreshTokenRequest {
  readonly grantType: "refresh_token"
  readonly refreshToken: string
  readonly scope?: ScopeSet | undefined
  readonly clientId?: string | undefined
  readonly resources: ReadonlyArray<ResourceIdentifier>
}

/** A client asks for itself (OAuth 2.1 section 4.2.1, RFC 8707 section 2.2). */
export interface ClientCredentialsTokenRequest {
  readonly grantType: "client_credentials"
  readonly scope?: ScopeSet | undefined
  readonly clientId?: string | undefined
  readonly resources: ReadonlyArray<ResourceIdentifier>
}

/** A token request of one of the grants that are served. */
export type TokenRequest = CodeTokenRequest | RefreshTokenRequest | ClientCredentialsTokenRequest

/** Why a token request is refused before anything is looked up. */
export type TokenRequestRejection =
  | ParameterMissing
  | ParameterInvalid
  | GrantTypeUnsupported
  | VerifierMalformed
  | ScopeMalformed
  | ResourceInvalid

/**
 * Reads a token request (OAuth 2.1 section 3.2.2). How the client authenticates is not looked at: `client_secret` and its
 * like stay in the parameters.
 */
export const decodeTokenRequest = (parameters: Parameters): Result.Result<TokenRequest, TokenRequestRejection> => {
  const grantType = required(parameters, "grant_type", "OAuth 2.1 section 3.2.2")
  if (Result.isFailure(grantType)) return Result.fail(grantType.failure)
  switch (grantType.success) {
    case "authorization_code":
      return decodeCodeRequest(parameters)
    case "refresh_token":
      return decodeRefreshRequest(parameters)
    case "client_credentials":
      return decodeClientCredentialsRequest(parameters)
    default:
      return Result.fail(new GrantTypeUnsupported())
  }
}

const decodeCodeRequest = (parameters: Parameters): Result.Result<CodeTokenRequest, TokenRequestRejection> => {
  const spec = "OAuth 2.1 section 4.1.3"
  const code = Result.flatMap(required(parameters, "code", spec), (value) => visible("code", value))
  if (Result.isFailure(code)) return Result.fail(code.failure)
  const codeVerifier = Result.flatMap(required(parameters, "code_verifier", spec), parseVerifier)
  if (Result.isFailure(codeVerifier)) return Result.fail(codeVerifier.failure)
  return Result.map(decodeCommon(parameters), (common) => ({
    grantType: "authorization_code",
    code: code.success,
    codeVerifier: codeVerifier.success,
    redirectUri: parameters.get("redirect_uri"),
    ...common
  }))
}

const decodeRefreshRequest = (parameters: Parameters): Result.Result<RefreshTokenRequest, TokenRequestRejection> => {
  const token = required(parameters, "refresh_token", "OAuth 2.1 section 4.3.1")
  const refreshToken = Result.flatMap(token, (value) => visible("refresh_token", value))
  if (Result.isFailure(refreshToken)) return Result.fail(refreshToken.failure)
  const scope = decodeScope(parameters)
  if (Result.isFailure(scope)) return Result.fail(scope.failure)
  return Result.map(decodeCommon(parameters), (common) => ({
    grantType: "refresh_token",
    refreshToken: refreshToken.success,
    scope: scope.success,
    ...common
  }))
}

const decodeClientCredentialsRequest = (
  parameters: Parameters
): Result.Result<ClientCredentialsTokenRequest, TokenRequestRejection> => {
  const scope = decodeScope(parameters)
  if (Result.isFailure(scope)) return Result.fail(scope.failure)
  return Result.map(decodeCommon(parameters), (common) => ({
    grantType: "client_credentials",
    scope: scope.success,
    ...common
  }))
}

const decodeScope = (parameters: Parameters): Result.Result<ScopeSet | undefined, ScopeMalformed> => {
  const scope = parameters.get("scope")
  return scope === undefined ? Result.succeed(undefined) : parseScope(scope)
}

const decodeCommon = (
  parameters: Parameters
): Result.Result<Pick<TokenRequest, "clientId" | "resources">, ParameterInvalid | ResourceInvalid> => {
  const clientId = parameters.get("client_id")
  if (clientId !== undefined) {
    const checked = visible("client_id", clientId)
    if (Result.isFailure(checked)) return Result.fail(checked.failure)
  }
  return Result.map(resourceIdentifiers(parameters.resources), (resources) => ({ clientId, resources }))
}

/** What {@link buildTokenRequest} sends; every {@link TokenRequest} is one, and there are grants that are sent alone. */
export type TokenRequestParameters = {
  readonly clientId?: string | undefined
  readonly resources?: ReadonlyArray<string> | undefined
} & (
  | {
      readonly grantType: "authorization_code"
      readonly code: string
      readonly codeVerifier: string
      readonly redirectUri?: string | undefined
    }
  | {
      readonly grantType: "refresh_token"
      readonly refreshToken: string
      /** Left out when it is empty. */
      readonly scope?: Iterable<string> | undefined
    }
  | {
      readonly grantType: "client_credentials"
      /** Left out when it is empty. */
      readonly scope?: Iterable<string> | undefined
    }
  /** An assertion of somebody else is the grant (RFC 7523 section 2.1). */
  | {
      readonly grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer"
      readonly assertion: string
      /** Left out when it is empty. */
      readonly scope?: Iterable<string> | undefined
    }
  /** A token of one kind is given for one of another (RFC 8693 section 2.1). */
  | {
      readonly grantType: "urn:ietf:params:oauth:grant-type:token-exchange"
      readonly subjectToken: string
      readonly subjectTokenType: string
      readonly requestedTokenType: string
      readonly audience: string
      /** Left out when it is empty. */
      readonly scope?: Iterable<string> | undefined
    }
)

/** The form of a token request, without client authentication: its `toString()` is the body (RFC 6749 appendix B). */
export const buildTokenRequest = (request: TokenRequestParameters): URLSearchParams =>
  new URLSearchParams(
    formatQuery([
      ["grant_type", request.grantType],
      ...grantParameters(request),
      ["client_id", request.clientId],
      ...(request.resources ?? []).map((resource) => ["resource", resource] as const)
    ])
  )

const grantParameters = (request: TokenRequestParameters): ReadonlyArray<readonly [string, string | undefined]> => {
  if (request.grantType === "authorization_code") {
    return [
      ["code", request.code],
      ["code_verifier", request.codeVerifier],
      ["redirect_uri", request.redirectUri]
    ]
  }
  const scope = ["scope", formatScope(request.scope ?? []) || undefined] as const
  switch (request.grantType) {
    case "refresh_token":
      return [["refresh_token", request.refreshToken], scope]
    case "client_credentials":
      return [scope]
    case "urn:ietf:params:oauth:grant-type:jwt-bearer":
      return [["assertion", request.assertion], scope]
    case "urn:ietf:params:oauth:grant-type:token-exchange":
      return [
        ["requested_token_type", request.requestedTokenType],
        ["audience", request.audience],
        ["subject_token", request.subjectToken],
        ["subject_token_type", request.subjectTokenType],
        scope
      ]
  }
}
