import { decodeTokenRequest, parseParameters, type TokenRequest } from "@postern/messages"
import { check } from "@postern/pkce/promise"
import * as Result from "effect/Result"
import { authenticate } from "./clients.ts"
import type { Character, Refusal, TokenAnswer } from "./personality.ts"
import { type Grant, newSecret, type State } from "./state.ts"

const LIFETIME_SECONDS = 3600

/** Answers a token request (OAuth 2.1 section 3.2): codes and refresh tokens are good once. */
export const tokenEndpoint = async (
  character: Character,
  state: State,
  request: Request,
  now: number
): Promise<TokenAnswer> => {
  const parameters = parseParameters(await request.text())
  if (Result.isFailure(parameters)) return refused({ error: "invalid_request" })
  const client = authenticate(state.clients, request.headers.get("authorization"), parameters.success)
  if (client === undefined) return refused({ error: "invalid_client" }, 401)
  const decoded = decodeTokenRequest(parameters.success)
  if (Result.isFailure(decoded)) return refused({ error: "invalid_request", description: decoded.failure.message })
  const asked = decoded.success
  const { clientId } = client
  const scope = "scope" in asked ? [...(asked.scope ?? [])] : []
  const facts = { clientId, scope, resources: asked.resources, parameters: parameters.success }
  const refusal = character.refuses?.(facts, "token")
  if (refusal) return refused(refusal)
  const grant =
    asked.grantType === "client_credentials"
      ? { clientId, scope, audience: character.audience?.(facts) ?? asked.resources, refreshable: false }
      : await redeem(character, state, clientId, asked)
  if (grant === undefined) return refused({ error: "invalid_grant" })
  const goesOn = asked.grantType === "refresh_token" && character.rotatesRefreshTokens === false
  return { status: 200, body: issue(state, goesOn ? { ...grant, refreshable: false } : grant, now) }
}

const redeem = async (
  character: Character,
  state: State,
  clientId: string,
  asked: Exclude<TokenRequest, { readonly grantType: "client_credentials" }>
): Promise<Grant | undefined> => {
  if (asked.grantType === "refresh_token") {
    const grant = state.refreshTokens.get(asked.refreshToken)
    if (character.rotatesRefreshTokens !== false) state.refreshTokens.delete(asked.refreshToken)
    return grant?.clientId === clientId ? grant : undefined
  }
  const code = state.codes.get(asked.code)
  state.codes.delete(asked.code)
  if (code === undefined || code.grant.clientId !== clientId || code.redirectUri !== asked.redirectUri) return undefined
  const proven = await check({ verifier: asked.codeVerifier, challenge: code.challenge })
  return Result.isSuccess(proven) ? code.grant : undefined
}

const issue = (state: State, grant: Grant, now: number): TokenAnswer["body"] => {
  const accessToken = newSecret("access")
  state.accessTokens.set(accessToken, { grant, expiresAt: now + LIFETIME_SECONDS })
  const refreshToken = grant.refreshable ? newSecret("refresh") : undefined
  if (refreshToken !== undefined) state.refreshTokens.set(refreshToken, grant)
  return {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: LIFETIME_SECONDS,
    refresh_token: refreshToken,
    scope: grant.scope.join(" ") || undefined
  }
}

const refused = ({ description, error }: Refusal, status = 400): TokenAnswer => ({
  status,
  body: { error, error_description: description }
})
