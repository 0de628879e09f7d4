import { InvalidTokenError, ServerError } from "@modelcontextprotocol/sdk/server/auth/errors.js"
import type { OAuthTokenVerifier } from "@modelcontextprotocol/sdk/server/auth/provider.js"
import type { AuthInfo } from "@modelcontextprotocol/sdk/server/auth/types.js"
import type { Access, PublicAccess } from "@postern/resource-server"
import type { PromiseGuard } from "@postern/resource-server/promise"
import { type AuthInfoContext, describeToken, withToken } from "./auth-facts.ts"
import { type AnyVerifier, verifyToken } from "./verify-token.ts"

export type { AuthInfoContext } from "./auth-facts.ts"
export type { AnyVerifier } from "./verify-token.ts"

/**
 * What the handlers of the SDK's 1.x line see as `authInfo`; `extra` has subject, issuer, id and all claims. `token` can be read
 * but is not enumerable. Who came without a token has none: `undefined`.
 */
export function toAuthInfo(access: Access, context?: AuthInfoContext): AuthInfo
export function toAuthInfo(access: Access | PublicAccess, context?: AuthInfoContext): AuthInfo | undefined
export function toAuthInfo(access: Access | PublicAccess, context: AuthInfoContext = {}): AuthInfo | undefined {
  return access._tag === "Access" ? withToken(describeToken(access.token, context), context.token ?? "") : undefined
}

/** {@link toAuthInfo} for one guard: what `auth` of `expressGuard` takes, so that the SDK's transport finds `request.auth`. */
export const authInfoFor =
  ({ resource }: Pick<PromiseGuard, "resource">) =>
  (access: Access | PublicAccess, token: string): AuthInfo | undefined =>
    toAuthInfo(access, { token, resource })

/**
 * A verifier as the `requireBearerAuth` of the SDK's 1.x line wants one: a wrong token is its `invalid_token`, missing keys its
 * `server_error`.
 */
export const tokenVerifier = (verifier: AnyVerifier, context: AuthInfoContext = {}): OAuthTokenVerifier => ({
  verifyAccessToken: async (token) => {
    const verified = await verifyToken(verifier, token)
    // The description goes into a header: fixed text, never an error's message.
    if (verified === "refused") throw new InvalidTokenError("The access token is not valid here")
    if (verified === "unavailable") throw new ServerError("The access token cannot be checked at present")
    return { ...describeToken(verified, context), token }
  }
})
