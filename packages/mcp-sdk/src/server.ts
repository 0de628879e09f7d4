import {
  type AuthInfo,
  type McpHandlerRequestOptions,
  OAuthError,
  OAuthErrorCode,
  type OAuthTokenVerifier
} from "@modelcontextprotocol/server"
import type { Access, PublicAccess } from "@postern/resource-server"
import type { PromiseGuard } from "@postern/resource-server/promise"
import { type AuthInfoContext, describeToken, tokenIn, withToken } from "./auth-facts.ts"
import { type AnyVerifier, verifyToken } from "./verify-token.ts"

export type { AuthInfoContext } from "./auth-facts.ts"
export type { AnyVerifier } from "./verify-token.ts"

/** What `createMcpHandler` of the SDK returns, as far as it is used here. */
export interface McpHandler {
  /** Serves one request with what was found out about it. */
  readonly fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
}

/** What is read of a guard: its own facts, the same for all its requests. */
export type GuardFacts = Pick<PromiseGuard, "metadataUrl" | "resource">

const describe = (token: Access["token"], context: AuthInfoContext): Omit<AuthInfo, "token"> => ({
  ...describeToken(token, context),
  ...(context.resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl: context.resourceMetadataUrl })
})

/**
 * What the SDK's handlers see as `authInfo`; `extra` has subject, issuer, id and all claims. `token` can be read but is not
 * enumerable, so that an error or a log that carries the whole object does not carry the token. Who came without a token has
 * none: `undefined`.
 */
export function toAuthInfo(access: Access, context?: AuthInfoContext): AuthInfo
export function toAuthInfo(access: Access | PublicAccess, context?: AuthInfoContext): AuthInfo | undefined
export function toAuthInfo(access: Access | PublicAccess, context: AuthInfoContext = {}): AuthInfo | undefined {
  return access._tag === "Access" ? withToken(describe(access.token, context), context.token ?? "") : undefined
}

/** {@link toAuthInfo} for one guard: what `auth` of `@postern/node` takes, so that `toNodeHandler` of the SDK finds it. */
export const authInfoFor =
  ({ metadataUrl, resource }: GuardFacts) =>
  (access: Access | PublicAccess, token: string): AuthInfo | undefined =>
    toAuthInfo(access, { token, resource, resourceMetadataUrl: metadataUrl })

/** Puts a guard in front of an SDK handler, which is given the very message that was judged and never parses another. */
export const guardedHandler = <A extends Access | PublicAccess>(
  guard: Pick<PromiseGuard<A>, "handle"> & GuardFacts,
  handler: McpHandler
): ((request: Request) => Promise<Response>) => {
  const authInfoOf = authInfoFor(guard)
  return (request) =>
    guard.handle(request, (passed, access) => {
      const authInfo = authInfoOf(access, tokenIn(passed.headers.get("authorization")))
      return handler.fetch(passed, {
        ...(authInfo === undefined ? {} : { authInfo }),
        ...(access.message === undefined ? {} : { parsedBody: access.message })
      })
    })
}

/** A verifier as the SDK's `requireBearerAuth` wants one: a wrong token is its `invalid_token`, missing keys its `server_error`. */
export const tokenVerifier = (verifier: AnyVerifier, context: AuthInfoContext = {}): OAuthTokenVerifier => ({
  verifyAccessToken: async (token) => {
    const verified = await verifyToken(verifier, token)
    // The description goes into a header: fixed text, never an error's message.
    if (verified === "refused") {
      throw new OAuthError(OAuthErrorCode.InvalidToken, "The access token is not valid here")
    }
    if (verified === "unavailable") {
      throw new OAuthError(OAuthErrorCode.ServerError, "The access token cannot be checked at present")
    }
    return { ...describe(verified, context), token }
  }
})
