import { randomText } from "@postern/bytes"
import { buildAuthorizationUrl } from "@postern/messages"
import { createChallenge, createVerifier } from "@postern/pkce"
import * as Effect from "effect/Effect"
import { adjust } from "./adjust.ts"
import type { Asked } from "./adjustment.ts"
import { checkCallback } from "./check-callback.ts"
import type { ClientCredentials } from "./choose-client-authentication.ts"
import { endpointMissing } from "./check-code-grant.ts"
import { chooseScope } from "./choose-scope.ts"
import type { Discovery } from "./discover.ts"
import { redactUrl } from "./events.ts"
import type { FlowError } from "./flow-error.ts"
import type { FlowRecord } from "./flow-record.ts"
import type { Grant, GrantFacts } from "./grant.ts"
import { makeCredentials } from "./make-credentials.ts"
import { newProofKey } from "./new-proof-key.ts"
import { now } from "./now.ts"
import { obtainClient } from "./obtain-client.ts"
import {
  type AuthorizationRefused,
  RegistrationNotRecognized,
  StepUpDeclined,
  type TokenRequestRejected
} from "./rejections/index.ts"
import { requestToken } from "./request-token.ts"
import { save } from "./save.ts"
import { placeOf } from "./shared-resources.ts"
import type { Settings } from "./settings.ts"
import { makeSingleFlight, type SingleFlight } from "./single-flight.ts"
import type { StoredCredentials } from "./store.ts"
import { toTheEnd } from "./to-the-end.ts"

/** The code grant: a person decides at the authorization server (OAuth 2.1 section 4.1). */
export const codeGrant = (settings: Settings): Grant => {
  // By issuer: two resources of one server must not register twice, or one registration would replace the other.
  const registering = makeSingleFlight<ClientCredentials, FlowError>()
  return {
    silent: false,
    obtain: Effect.fnUntraced(function* (facts) {
      const scope = yield* scopeToRequest(settings, facts)
      const attempt = authorize(settings, registering, { ...facts, scope })
      // A registration that the server has forgotten is made again once, and the person is asked once more.
      return yield* Effect.catchIf(
        attempt,
        (error) => error._tag === "RegistrationNotRecognized",
        () => attempt
      )
    })
  }
}

/** One authorization from the registration to the saved credentials; the user decides in between. */
const authorize = Effect.fnUntraced(function* (
  settings: Settings,
  registering: SingleFlight<ClientCredentials, FlowError>,
  { discovery, earlier, scope }: GrantFacts & { readonly scope: ReadonlyArray<string> }
): Effect.fn.Return<StoredCredentials, FlowError> {
  const proofKey = yield* newProofKey(settings, discovery.server)
  const redirectUri = yield* settings.redirectUri
  const obtaining = obtainClient(settings, { discovery, redirectUri })
  const client = yield* registering(discovery.server.issuer, redirectUri, obtaining)
  const flow = yield* beginFlow(settings, discovery, { client, redirectUri, scope, proofKey })
  const requestedScope = [...new Set([...(earlier ?? []), ...scope])]
  return yield* askUser(settings, discovery, flow).pipe(
    Effect.flatMap((code) => toTheEnd(logIn(settings, { flow, code, requestedScope }))),
    Effect.catch((error) => withoutClient(settings, client, error))
  )
})

/** Redeems the code, and keeps what it brings. */
const logIn = Effect.fnUntraced(function* (
  settings: Settings,
  facts: { readonly flow: FlowRecord; readonly code: string; readonly requestedScope: ReadonlyArray<string> }
): Effect.fn.Return<StoredCredentials, FlowError> {
  const { code, flow, requestedScope } = facts
  const { client, issuer, proofKey, scope } = flow
  const response = yield* redeem(settings, flow, code)
  const { resource, shared } = placeOf(settings, flow)
  const credentials = makeCredentials({
    key: { issuer, resource, account: settings.account, clientId: client.clientId },
    clientAuthentication: client.registered,
    resources: shared,
    response,
    requestedScope,
    impliedScope: scope,
    earlierRefreshToken: undefined,
    proofKey,
    now: yield* now
  })
  // Only the save: nobody waits for a person. A refresh of what was held before ends first, or finds this and leaves it.
  const keep = Effect.tap(save(settings, credentials), () => forgetReplaced(settings, credentials))
  return yield* settings.exclusively(credentials, keep)
})

/** Of one login what was issued last is kept: each registration that came in between would leave one more behind. */
const forgetReplaced = Effect.fnUntraced(function* (settings: Settings, newer: StoredCredentials) {
  if (!newer.clientAuthentication) return
  for (const held of yield* settings.store.findCredentials(newer.resource, newer.account)) {
    const sameLogin = held.issuer === newer.issuer && held.clientId !== newer.clientId
    // A client that was configured is another program's, which shares the store.
    if (sameLogin && held.clientAuthentication) yield* settings.store.forgetCredentials(held)
  }
})

const scopeToRequest = Effect.fnUntraced(function* (settings: Settings, facts: GrantFacts) {
  const { challenged, discovery, earlier } = facts
  const { added, scope } = yield* Effect.fromResult(
    chooseScope({
      challenged,
      resourceScopes: discovery.scopesSupported,
      serverScopes: discovery.server.scopesSupported,
      earlier,
      extra: settings.extraScope,
      offlineAccess: settings.offlineAccess
    })
  )
  const { resource } = discovery
  if (added.size > 0 && settings.onStepUp && !(yield* settings.onStepUp(added, resource))) {
    return yield* new StepUpDeclined({ resource, added: [...added] })
  }
  return [...scope]
})

const beginFlow = Effect.fnUntraced(function* (
  settings: Settings,
  { audience, metadataUrl, resource, server }: Discovery,
  chosen: Pick<FlowRecord, "client" | "redirectUri" | "scope" | "proofKey">
): Effect.fn.Return<FlowRecord> {
  const { documentIssuer, issuer, promisesIssuer, tokenEndpoint } = server
  return {
    resource,
    audience,
    issuer,
    documentIssuer,
    callbackIssuer: yield* adjust(settings, issuer, documentIssuer, (seams, iss) => seams.callbackIssuer?.(iss)),
    promisesIssuer,
    tokenEndpoint,
    metadataUrl,
    ...chosen,
    state: yield* randomText(32),
    verifier: yield* createVerifier()
  }
})

const askUser = Effect.fnUntraced(function* (settings: Settings, { server }: Discovery, flow: FlowRecord) {
  const { client, proofKey, redirectUri, scope, state, verifier } = flow
  const { authorizationEndpoint: endpoint, issuer } = server
  if (endpoint === undefined) {
    return yield* endpointMissing(issuer)
  }
  const { audiences: resources } = placeOf(settings, flow)
  const wanted: Asked = { step: "authorization", resource: resources[0], scope, resources }
  const { additional, prompt, ...asked } = yield* adjust(settings, issuer, wanted, (seams, asked) => seams.ask?.(asked))
  const authorizationUrl = yield* Effect.fromResult(
    buildAuthorizationUrl(endpoint, {
      clientId: client.clientId,
      redirectUri,
      codeChallenge: yield* createChallenge(verifier),
      scope: asked.scope,
      state,
      resources: asked.resources,
      prompt,
      additional,
      // RFC 9449 section 10: who has the code and not the key, has nothing.
      dpopJkt: proofKey && (yield* settings.dpop?.thumbprint(proofKey) ?? Effect.undefined)
    })
  )
  const { resource } = flow
  yield* settings.emit({ _tag: "AuthorizationStarted", resource, issuer, url: redactUrl(authorizationUrl) })
  const callback = yield* settings.userAgent({ authorizationUrl, redirectUri, state })
  const names = new Set(new URLSearchParams(callback.slice(callback.indexOf("?") + 1)).keys())
  yield* settings.emit({ _tag: "CallbackReceived", issuer, parameters: KNOWN.filter((name) => names.has(name)) })
  return yield* Effect.fromResult(checkCallback(flow, callback))
})

const redeem = (settings: Settings, flow: FlowRecord, code: string) => {
  const { client, metadataUrl, proofKey, redirectUri, verifier } = flow
  const { audiences: resources } = placeOf(settings, flow)
  return requestToken(settings, {
    server: flow,
    metadataUrl,
    client,
    proofKey,
    requestedScope: flow.scope,
    request: { grantType: "authorization_code", code, codeVerifier: verifier, redirectUri, resources }
  })
}

/** The registration is gone at the server: with it kept, every later login would end here as well. */
const withoutClient = Effect.fnUntraced(function* (
  settings: Settings,
  { clientId, registered }: ClientCredentials,
  refused: FlowError
): Effect.fn.Return<never, FlowError> {
  if (!registered || !saysUnknown(refused)) return yield* refused
  const { _tag: tag, error, issuer } = refused
  yield* settings.store.forgetRegistration(issuer, clientId)
  yield* settings.emit({ _tag: "RegistrationForgotten", issuer, clientId })
  return yield* new RegistrationNotRecognized({ issuer, error, endpoint: ENDPOINTS[tag] })
})

// A callback is believed so far only after its state and issuer were compared. `unauthorized_client` is no such word: it is
// what a client that is known may not do (RFC 6749 section 4.1.2.1), and the registration is that of every account.
const saysUnknown = (error: FlowError): error is AuthorizationRefused | TokenRequestRejected =>
  (error._tag === "TokenRequestRejected" || error._tag === "AuthorizationRefused") && error.error === "invalid_client"

const ENDPOINTS = { AuthorizationRefused: "authorization", TokenRequestRejected: "token" } as const

// Only these: a name is a stranger's text too.
const KNOWN = ["code", "state", "iss", "error", "error_description", "error_uri"]
