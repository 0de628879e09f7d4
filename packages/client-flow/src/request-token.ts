import type { ProofKey, ProofKeyUnusable } from "@postern/dpop"
import {
  buildTokenRequest,
  decodeErrorResponse,
  decodeTokenResponse,
  formatBasicCredentials,
  type TokenRequestParameters,
  type TokenResponse
} from "@postern/messages"
import * as Effect from "effect/Effect"
import { adjust } from "./adjust.ts"
import type { Asked } from "./adjustment.ts"
import type { AcceptedServer } from "./accept-server-metadata.ts"
import type { ClientCredentials } from "./choose-client-authentication.ts"
import { type Purpose, showable } from "./events.ts"
import { exchange, isUnavailable, readJson, unavailable } from "./exchange.ts"
import type { FlowError } from "./flow-error.ts"
import type { GrantType } from "./grant-type.ts"
import { type ClientKeyUnusable, TokenRequestRejected } from "./rejections/index.ts"
import type { CommonSettings } from "./common-settings.ts"

/** One request to a token endpoint. */
export interface TokenExchange {
  readonly server: Pick<AcceptedServer, "issuer" | "documentIssuer" | "tokenEndpoint">
  /** Where the endpoint was read; `undefined` where the operator gave it. */
  readonly metadataUrl: string | undefined
  readonly client: ClientCredentials
  readonly request: TokenRequestParameters
  /** What the grant was asked for, whether this request names it or not. */
  readonly requestedScope: ReadonlyArray<string>
  /** What the tokens are to be bound to. */
  readonly proofKey: ProofKey | undefined
}

interface AuthenticatedForm {
  readonly form: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
}

/** The form and headers of a token request. */
export const authenticatedForm = (
  client: ClientCredentials,
  request: TokenRequestParameters,
  issuer: string
): Effect.Effect<AuthenticatedForm, ClientKeyUnusable> =>
  authenticate(client, (clientId) => buildTokenRequest({ ...request, clientId }), issuer)

/**
 * The form and headers of a request that says who the client is, in exactly one place (OAuth 2.1 section 2.4). An assertion
 * names the issuer alone as its audience, wherever the endpoint is (draft-ietf-oauth-rfc7523bis section 4).
 */
export const authenticate = (
  client: ClientCredentials,
  build: (clientId?: string) => URLSearchParams,
  issuer: string
): Effect.Effect<AuthenticatedForm, ClientKeyUnusable> => {
  const headers = { "content-type": "application/x-www-form-urlencoded" }
  const { clientId, clientKey, clientSecret = "", method } = client
  switch (method) {
    case "client_secret_basic": {
      const authorization = `Basic ${formatBasicCredentials({ clientId, clientSecret })}`
      return Effect.succeed({ form: build(), headers: { ...headers, authorization } })
    }
    case "client_secret_post": {
      const form = build(clientId)
      form.set("client_secret", clientSecret)
      return Effect.succeed({ form, headers })
    }
    case "private_key_jwt": {
      if (clientKey === undefined) return Effect.die(new Error("a client without a key cannot sign"))
      return Effect.map(clientKey.assert({ clientId, issuer }), (assertion) => {
        const form = build(clientId)
        form.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        form.set("client_assertion", assertion)
        return { form, headers }
      })
    }
    case "none":
      return Effect.succeed({ form: build(clientId), headers })
  }
}

/** Asks a token endpoint for an access token (OAuth 2.1 section 3.2): bound to the key, where there is one. */
export const requestToken = (settings: CommonSettings, asked: TokenExchange): Effect.Effect<TokenResponse, FlowError> =>
  Effect.flatMap(askTokenEndpoint(settings, asked), (json) =>
    Effect.fromResult(decodeTokenResponse(json, asked.proofKey === undefined ? "Bearer" : "DPoP"))
  )

/** Asks a token endpoint; the JSON that it grants. A redirect is refused by the transport: secrets are not carried on. */
export const askTokenEndpoint = Effect.fnUntraced(function* (
  settings: CommonSettings,
  asked: TokenExchange
): Effect.fn.Return<unknown, FlowError> {
  let answer = yield* ask(settings, asked)
  // RFC 9449 section 8: once, with the nonce that came with the refusal.
  if (answer.error === "use_dpop_nonce" && answer.nonceCame) answer = yield* ask(settings, asked)
  if (answer.error === undefined) return answer.json
  const { error, status } = answer
  const { issuer } = asked.server
  return yield* new TokenRequestRejected({ issuer, grant: asked.request.grantType, status, error: showable(error) })
})

interface Answer {
  readonly status: number
  readonly json: unknown
  readonly error: string | undefined
  /** Whether a nonce for the next proof came with it. */
  readonly nonceCame: boolean
}

// Each time anew: neither an assertion nor a proof may be used twice.
const ask = Effect.fnUntraced(function* (
  settings: CommonSettings,
  { client, metadataUrl, proofKey, request, requestedScope, server }: TokenExchange
): Effect.fn.Return<Answer, FlowError> {
  const { documentIssuer, issuer, tokenEndpoint: url } = server
  const { grantType: step, resources = [] } = request
  const [resource] = resources
  const wanted: Asked = { step, resource, resources, scope: "scope" in request ? [...(request.scope ?? [])] : [] }
  const { additional = {}, ...asked } = yield* adjust(settings, issuer, wanted, (seams, asked) => seams.ask?.(asked))
  const changed = { scope: asked.scope, resources: asked.resources }
  const { form, headers } = yield* authenticatedForm(client, { ...request, ...changed }, documentIssuer)
  // What the grant has stays as it is.
  for (const [name, value] of Object.entries(additional)) if (!form.has(name)) form.set(name, value)
  const purpose = PURPOSES[request.grantType]
  const response = yield* exchange(
    settings,
    purpose,
    {
      url,
      method: "POST",
      headers: { ...headers, ...(yield* proofHeader(settings, url, proofKey)) },
      body: form.toString(),
      ...(metadataUrl === undefined ? {} : { namedBy: metadataUrl })
    },
    form
  )
  const nonceCame = settings.nonces.keep(url, response.headers)
  const { status } = response
  if (isUnavailable(status)) return yield* unavailable(purpose, response)
  const json = yield* Effect.fromResult(readJson(purpose, response))
  if (status >= 300) {
    const { error } = yield* Effect.fromResult(decodeErrorResponse(json))
    return { status, json, error, nonceCame }
  }
  return {
    status,
    json: yield* adjust(settings, issuer, json, (seams, json) => seams.read?.(json, resource, requestedScope)),
    error: yield* adjust<string | undefined>(settings, issuer, undefined, ({ refusal }, error) =>
      refusal?.(error, json)
    ),
    nonceCame
  }
})

const PURPOSES: Readonly<Record<GrantType, Purpose>> = {
  authorization_code: "code-exchange",
  refresh_token: "refresh",
  client_credentials: "client-credentials",
  "urn:ietf:params:oauth:grant-type:token-exchange": "token-exchange",
  "urn:ietf:params:oauth:grant-type:jwt-bearer": "assertion"
}

const proofHeader = (
  { dpop, nonces }: CommonSettings,
  url: string,
  key: ProofKey | undefined
): Effect.Effect<Readonly<Record<string, string>>, ProofKeyUnusable> =>
  dpop === undefined || key === undefined
    ? Effect.succeed({})
    : Effect.map(dpop.sign(key, { method: "POST", url, nonce: nonces.find(url) }), (proof) => ({ dpop: proof }))
