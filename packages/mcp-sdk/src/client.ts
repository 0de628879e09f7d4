import type { AuthProvider, StreamableHTTPClientTransportOptions } from "@modelcontextprotocol/client"
import { authorizedFetch, type PromiseClient } from "@postern/client-flow/promise"
import * as Result from "effect/Result"
import { makeRenewals } from "./renewals.ts"

/**
 * Options for the SDK's `StreamableHTTPClientTransport`: every request goes through the client's whole flow, with 401 and
 * 403 answered by refresh, authorization and step-up. A request that cannot be authorized rejects with the rejection itself;
 * while it negotiates the version, the SDK wraps that as the `cause` of its own error. A login takes place within a request,
 * and the SDK gives up on a request after a minute: pass a longer `timeout` to `connect` and to calls where a person logs in.
 *
 * ```ts
 * new StreamableHTTPClientTransport(url, transportOptions(client, url.href))
 * ```
 */
export const transportOptions = (
  client: PromiseClient,
  resource: string
): Required<Pick<StreamableHTTPClientTransportOptions, "fetch">> => ({ fetch: authorizedFetch(client, resource) })

/**
 * The client as the SDK's `AuthProvider`, for hosts that keep their own `fetch`: `token()` is the held access token, and a
 * 401 is answered by one refresh or authorization. The SDK asks no provider of this kind about a 403, so there is no step-up,
 * and sends no proofs, so a client with `dpop` gets nowhere: use {@link transportOptions} for both. Both
 * methods reject with the rejection or failure that ended the flow.
 *
 * The SDK does not say which token was refused: it is taken to be the one that was given out last. A new one that is refused at
 * its first use is not refreshed again: next is an authorization, and then `TokenRefused`, until another token is held.
 */
export const authProvider = (client: PromiseClient, resource: string): Required<AuthProvider> => {
  let sent: string | undefined
  // The SDK repeats a request itself, and does not tell when that is refused.
  const renewals = makeRenewals(2)
  return {
    token: async () => {
      sent = Result.getOrThrow(await client.accessToken(resource))
      renewals.give(sent)
      return sent
    },
    onUnauthorized: async ({ response }) => {
      const done = renewals.doneFor(sent)
      await renewals.answer(client, { resource, response, sent }, { done, authorizes: false })
    }
  }
}
