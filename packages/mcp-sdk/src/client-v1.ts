import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js"
import type { StreamableHTTPClientTransportOptions } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import { authorizedFetch, type PromiseClient } from "@postern/client-flow/promise"
import { formatScope, isSubset, parseScope, type ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { type Done, makeRenewals } from "./renewals.ts"

/**
 * Options for the `StreamableHTTPClientTransport` of the SDK's 1.x line: every request goes through the client's whole flow, with 401 and
 * 403 answered by refresh, authorization and step-up, and is sent again by itself. A request that cannot be authorized rejects
 * with the rejection. A login takes place within a request: pass a longer `timeout` to `connect` and to calls where a person logs in.
 *
 * ```ts
 * new StreamableHTTPClientTransport(url, transportOptions(client, url.href))
 * ```
 */
export const transportOptions = (
  client: PromiseClient,
  resource: string
): Required<Pick<StreamableHTTPClientTransportOptions, "fetch">> => ({ fetch: authorizedFetch(client, resource) })

// Where nothing is (RFC 2606 section 2): what the SDK is told, so that it asks no server and registers nowhere.
const NOWHERE = "https://postern.invalid"

/**
 * The client as the `OAuthClientProvider` of the SDK's 1.x line, for hosts that can pass no `fetch`. The SDK's own flow is left
 * without anything to do: it is told of no refresh token and of a server that is nowhere, and where it would send a person
 * to the authorization page, the client's own flow runs to its end. The SDK throws its `UnauthorizedError` all the same: the host
 * repeats the request, and never calls `finishAuth`.
 *
 * The interface says neither whether it was a 401 or a 403 nor where the metadata is. A token that was refused with a scope is taken for
 * one that needs more scope, unless it was got for that scope and is refused at its first use, and the metadata is looked for at
 * its well-known places. Nothing checks before a token is given out that the transport's URL is the resource, and no proofs are sent: with `dpop`, use {@link transportOptions}.
 *
 * Nor does it say which request was refused: the token is taken to be the one that a request got last. If that one is new and
 * the refusal was a late one of the token before it, a refresh or a login happens that was not needed. A new token that is
 * refused at its first use is not refreshed again: next is an authorization, and then `TokenRefused`, until another token is held.
 */
export const authProvider = (client: PromiseClient, resource: string): OAuthClientProvider => {
  let given: string | undefined
  let refused: string | undefined
  let done: Done | undefined
  let isAsking = false
  let demanded: ScopeSet = new Set()
  const renewals = makeRenewals(1)
  return {
    redirectUrl: NOWHERE,
    clientMetadata: { redirect_uris: [NOWHERE] },
    clientInformation: () => ({ client_id: "postern", issuer: NOWHERE }),
    discoveryState: () => {
      // The first thing that the SDK asks for after a refusal, and before it asks for tokens again.
      refused = given
      done = renewals.doneFor(refused)
      isAsking = true
      return {
        authorizationServerUrl: NOWHERE,
        resourceMetadata: { resource },
        authorizationServerMetadata: {
          issuer: NOWHERE,
          authorization_endpoint: NOWHERE,
          token_endpoint: NOWHERE,
          response_types_supported: ["code"]
        }
      }
    },
    tokens: async () => {
      const token = Result.getOrThrow(await client.accessToken(resource))
      // What the SDK asks for after a refusal, it sends nowhere.
      if (!isAsking) {
        given = token
        renewals.give(token)
      }
      isAsking = false
      return token === undefined ? undefined : { access_token: token, token_type: "Bearer" }
    },
    saveTokens: () => undefined,
    saveCodeVerifier: () => undefined,
    codeVerifier: () => {
      throw new Error("the login has ended already: repeat the request instead of calling finishAuth")
    },
    redirectToAuthorization: async (url) => {
      const scope = challengedScope(url)
      const wanted = new Set(scope?.split(" "))
      const isNew = done !== undefined && isSubset(wanted, demanded)
      const authorizes = refused !== undefined && scope !== undefined && !isNew
      const response = challenge(authorizes ? 403 : 401, scope)
      await renewals.answer(client, { resource, response, sent: refused }, { done, authorizes })
      demanded = wanted
    }
  }
}

/** What the SDK took out of the server's challenge, written anew so that nothing else of it comes along. */
const challengedScope = (url: URL): string | undefined => {
  const asked = url.searchParams.get("scope")
  return asked === null ? undefined : Result.getOrUndefined(Result.map(parseScope(asked), formatScope)) || undefined
}

const challenge = (status: 401 | 403, scope: string | undefined): Response => {
  const error = status === 403 ? ['error="insufficient_scope"'] : []
  const parameters = [...error, ...(scope === undefined ? [] : [`scope="${scope}"`])]
  return new Response(null, { status, headers: { "www-authenticate": `Bearer ${parameters.join(", ")}`.trim() } })
}
