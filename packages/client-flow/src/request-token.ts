import { parseJson } from "@postern/metadata"
import {
  buildTokenRequest,
  decodeErrorResponse,
  decodeTokenResponse,
  formatBasicCredentials,
  type TokenRequestParameters,
  type TokenResponse
} from "@postern/messages"
import * as Effect from "effect/Effect"
import type { ClientCredentials } from "./choose-client-authentication.ts"
import { showable } from "./events.ts"
import { exchange, isUnavailable, unavailable } from "./exchange.ts"
import type { FlowError } from "./flow-error.ts"
import { TokenRequestRejected } from "./rejections.ts"
import type { Settings } from "./settings.ts"

/** One request to a token endpoint. */
export interface TokenExchange {
  readonly issuer: string
  readonly endpoint: string
  /** Where the endpoint was read. */
  readonly metadataUrl: string
  readonly client: ClientCredentials
  /** For a user: no client of this package asks for itself. */
  readonly request: Exclude<TokenRequestParameters, { readonly grantType: "client_credentials" }>
}

/** The form and headers of a token request: the secret, where there is one, in exactly one place (OAuth 2.1 section 2.4). */
export const authenticatedForm = (
  client: ClientCredentials,
  request: TokenRequestParameters
): { readonly form: URLSearchParams; readonly headers: Readonly<Record<string, string>> } => {
  const headers = { "content-type": "application/x-www-form-urlencoded" }
  const { clientId, clientSecret = "", method } = client
  switch (method) {
    case "client_secret_basic": {
      const authorization = `Basic ${formatBasicCredentials({ clientId, clientSecret })}`
      return { form: buildTokenRequest(request), headers: { ...headers, authorization } }
    }
    case "client_secret_post": {
      const form = buildTokenRequest({ ...request, clientId })
      form.set("client_secret", clientSecret)
      return { form, headers }
    }
    case "none":
      return { form: buildTokenRequest({ ...request, clientId }), headers }
  }
}

/** Asks a token endpoint (OAuth 2.1 section 3.2). A redirect is refused by the transport: secrets are not carried on. */
export const requestToken = Effect.fnUntraced(function* (
  settings: Settings,
  { client, endpoint, issuer, metadataUrl, request }: TokenExchange
): Effect.fn.Return<TokenResponse, FlowError> {
  const { form, headers } = authenticatedForm(client, request)
  const grant = request.grantType
  const purpose = grant === "authorization_code" ? "code-exchange" : "refresh"
  const response = yield* exchange(
    settings,
    purpose,
    { url: endpoint, method: "POST", headers, body: form.toString(), namedBy: metadataUrl },
    form
  )
  if (isUnavailable(response.status)) return yield* unavailable(purpose, response)
  const json = yield* Effect.fromResult(parseJson(response.text))
  if (response.status < 300) return yield* Effect.fromResult(decodeTokenResponse(json))
  const { error } = yield* Effect.fromResult(decodeErrorResponse(json))
  return yield* new TokenRequestRejected({ issuer, grant, status: response.status, error: showable(error) })
})
