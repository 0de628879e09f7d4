import {
  type AuthInfo,
  type McpHandlerRequestOptions,
  OAuthError,
  OAuthErrorCode,
  type OAuthTokenVerifier
} from "@modelcontextprotocol/server"
import { isRejection } from "@postern/rejection"
import type { Access } from "@postern/resource-server"
import type { PromiseGuard, PromiseGuardOptions } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

/** What `createMcpHandler` of the SDK returns, as far as it is used here. */
export interface McpHandler {
  /** Serves one request with what was found out about it. */
  readonly fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
}

/** What stands around a token: the resource that it is for and the document that challenges name. */
export interface AuthInfoContext {
  /** The resource identifier (RFC 8707). */
  readonly resource?: string
  /** The URL of the protected resource metadata document (RFC 9728), for the SDK's own scope challenges. */
  readonly resourceMetadataUrl?: string
}

type Token = Access["token"]

const describe = (token: Token, { resource, resourceMetadataUrl }: AuthInfoContext): Omit<AuthInfo, "token"> => ({
  clientId: token.clientId,
  scopes: [...token.scope],
  expiresAt: token.expiresAt,
  ...(resource === undefined ? {} : { resource: new URL(resource) }),
  ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }),
  extra: { subject: token.subject, issuer: token.issuer, id: token.id, claims: token.claims }
})

/**
 * What the SDK's handlers see as `authInfo`; `extra` has subject, issuer, id and all claims. `token` can be read but is not
 * enumerable, so that an error or a log that carries the whole object does not carry the token.
 */
export const toAuthInfo = (access: Access, context: AuthInfoContext = {}): AuthInfo => {
  const token = /^bearer +(.*)$/i.exec(access.request.headers.get("authorization") ?? "")?.[1] ?? ""
  const info = { ...describe(access.token, context), token }
  Object.defineProperty(info, "token", { enumerable: false })
  return info
}

/** Puts a guard in front of an SDK handler, which is given the very message that was judged and never parses another. */
export const guardedHandler = (
  guard: Pick<PromiseGuard, "handle" | "metadataUrl" | "protectedResourceMetadata">,
  handler: McpHandler
): ((request: Request) => Promise<Response>) => {
  const resource = guard.protectedResourceMetadata["resource"]
  const context: AuthInfoContext = {
    resourceMetadataUrl: guard.metadataUrl,
    ...(typeof resource === "string" ? { resource } : {})
  }
  return (request) =>
    guard.handle(request, (passed, access) =>
      handler.fetch(passed, {
        authInfo: toAuthInfo(access, context),
        ...(access.message === undefined ? {} : { parsedBody: access.message })
      })
    )
}

/** A verifier as the SDK's `requireBearerAuth` wants one: a wrong token is its `invalid_token`, missing keys its `server_error`. */
export const tokenVerifier = (
  verifier: PromiseGuardOptions["verifier"],
  context: AuthInfoContext = {}
): OAuthTokenVerifier => ({
  verifyAccessToken: async (token) => {
    const verified = verifier.verify(token)
    const result = await (Effect.isEffect(verified) ? Effect.runPromise(Effect.result(verified)) : verified)
    if (Result.isSuccess(result)) return { ...describe(result.success, context), token }
    // The description goes into a header: fixed text, never an error's message.
    throw isRejection(result.failure)
      ? new OAuthError(OAuthErrorCode.InvalidToken, "The access token is not valid here")
      : new OAuthError(OAuthErrorCode.ServerError, "The access token cannot be checked at present")
  }
})
