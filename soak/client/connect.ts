import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Client, type CredentialStore, makeClient, UserAgentFailed } from "../../packages/client-flow/src/index.ts"
import { makeFileStore } from "../../packages/node/src/index.ts"
import { makeTransport, type Transport } from "../../packages/safe-fetch/src/index.ts"
import { CALLBACK, CLIENT_ID, type ClientFault, type Place } from "./names.ts"

/** A client over the file that all share. Without `approve` nobody is there to log in. */
export const connect = (
  { issuer, path }: Place,
  options: {
    readonly fault?: ClientFault | undefined
    readonly approve?: ((authorizationUrl: string) => Promise<string>) | undefined
    /** Called when the answer to a refresh has come, and nothing of it is written down. */
    readonly onRefreshed?: (() => void) | undefined
  }
): { readonly client: Client; readonly store: CredentialStore } => {
  const { approve, fault, onRefreshed } = options
  const { exclusively, ...rest } = makeFileStore({ path })
  const store = fault === "takes-no-lock" ? rest : { ...rest, exclusively }
  const plain = makeTransport({ bounds: { trust: { operator: [issuer] } } })
  const transport: Transport = {
    fetch: (request) =>
      Effect.tap(plain.fetch(request), () =>
        Effect.sync(() => {
          if (request.body?.includes("grant_type=refresh_token")) onRefreshed?.()
        })
      )
  }
  const userAgent = (authorizationUrl: string) =>
    approve === undefined
      ? Effect.fail(new UserAgentFailed({ reason: "nobody is there" }))
      : Effect.promise(() => approve(authorizationUrl))
  const client = makeClient({
    transport,
    store,
    registrations: [{ issuer, clientId: CLIENT_ID }],
    redirectUri: CALLBACK,
    clientMetadata: { client_name: "Desktop" },
    userAgent: (request) => userAgent(request.authorizationUrl)
  })
  return { client: Result.getOrThrow(client), store }
}
