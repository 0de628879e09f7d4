import { buildAuthorizationResponse, decodeAuthorizationRequest, parseParameters, peekClient } from "@postern/messages"
import { matchRedirectUri } from "@postern/uri"
import * as Result from "effect/Result"
import { page } from "./answers.ts"
import type { Character, Refusal } from "./personality.ts"
import { newSecret, type State } from "./state.ts"

/** Answers an authorization request (OAuth 2.1 section 4.1.1): the user says yes, if the server lets them. */
export const authorizationEndpoint = (character: Character, state: State, url: URL): Response => {
  const parameters = parseParameters(url.search)
  if (Result.isFailure(parameters)) return page(400, parameters.failure.message)
  const { clientId = "", redirectUri = "", state: given } = peekClient(parameters.success)
  const client = state.clients.get(clientId)
  const takes = character.takesRedirectUri ?? isRegistered
  if (client === undefined) return page(400, `unknown client ${clientId}: there is ${namesOf(state.clients.keys())}`)
  if (!takes(client.redirectUris, redirectUri)) {
    return page(400, `unknown redirect URI ${redirectUri}: ${clientId} has ${namesOf(client.redirectUris)}`)
  }

  const iss = character.callbackIssuer === null ? undefined : (character.callbackIssuer ?? character.issuer)
  const answer = (response: { readonly code: string } | Refusal) =>
    redirect(
      buildAuthorizationResponse(
        redirectUri,
        "code" in response
          ? { code: response.code, state: given, iss }
          : { error: response.error, errorDescription: response.description, state: given, iss }
      )
    )
  const decoded = decodeAuthorizationRequest(parameters.success)
  if (Result.isFailure(decoded)) return answer({ error: "invalid_request", description: decoded.failure.message })
  const { codeChallenge: challenge, resources, scope = new Set<string>() } = decoded.success
  const asked = { clientId, scope: [...scope], resources, parameters: parameters.success }
  const refusal = character.refuses?.(asked, "authorization")
  if (refusal) return answer(refusal)
  const audience = character.audience?.(asked) ?? resources
  const refreshable = character.issuesRefreshToken?.(asked) ?? true
  const code = newSecret("code")
  state.codes.set(code, {
    grant: { clientId, audience, scope: asked.scope, refreshable },
    redirectUri,
    challenge
  })
  return answer({ code })
}

const isRegistered = (registered: ReadonlyArray<string>, redirectUri: string): boolean =>
  Result.isSuccess(matchRedirectUri(registered, redirectUri))

const namesOf = (names: Iterable<string>): string => [...names].join(", ") || "none"

const redirect = (location: string): Response => new Response(null, { status: 302, headers: { location } })
