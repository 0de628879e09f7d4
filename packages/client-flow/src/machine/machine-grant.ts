import type { TokenRequestParameters } from "@postern/messages"
import * as Effect from "effect/Effect"
import { configuredClient } from "../choose-client-authentication.ts"
import { chooseScope } from "../choose-scope.ts"
import type { Discovery } from "../discover.ts"
import type { FlowError } from "../flow-error.ts"
import type { Grant, GrantFacts } from "../grant.ts"
import { makeCredentials } from "../make-credentials.ts"
import { newProofKey } from "../new-proof-key.ts"
import { now } from "../now.ts"
import { RegistrationUnavailable, StepUpDeclined } from "../rejections/index.ts"
import { requestToken } from "../request-token.ts"
import { save } from "../save.ts"
import type { StoredCredentials } from "../store.ts"
import { exchangeIdentity } from "./exchange-identity.ts"
import { fromHost, type MachineSettings } from "./settings.ts"

/** The grant of a client without a browser. */
export const machineGrant = (settings: MachineSettings): Grant => ({
  silent: true,
  obtain: (facts) => obtain(settings, facts)
})

const obtain = Effect.fnUntraced(function* (
  settings: MachineSettings,
  { challenged, discovery, earlier }: GrantFacts
): Effect.fn.Return<StoredCredentials, FlowError> {
  const { metadataUrl, resource, scopesSupported, server } = discovery
  const { issuer } = server
  const registration = settings.registrations.find((known) => known.issuer === issuer)
  // Whoever names another server gets nothing of ours, an assertion least of all.
  if (registration === undefined) return yield* new RegistrationUnavailable({ issuer })
  const client = yield* Effect.fromResult(configuredClient(server, registration))
  const { clientId } = client
  yield* settings.emit({ _tag: "RegistrationChosen", issuer, way: "configured", clientId })
  const { scope } = yield* Effect.fromResult(
    chooseScope({
      challenged,
      resourceScopes: scopesSupported,
      serverScopes: server.scopesSupported,
      earlier,
      extra: settings.extraScope,
      offlineAccess: false
    })
  )
  // What the resource demands beyond the first token: what the options or its metadata add is no demand of it.
  const demanded = earlier === undefined ? [] : [...(challenged ?? [])].filter((token) => !earlier.includes(token))
  if (demanded.length > 0 && !settings.stepUp) return yield* new StepUpDeclined({ resource, added: demanded })
  const asked = yield* requestFor(settings, discovery, clientId, [...scope])
  const proofKey = yield* newProofKey(settings, server)
  const { request } = asked
  const requestedScope = [...scope]
  const response = yield* requestToken(settings, { server, metadataUrl, client, proofKey, request, requestedScope })
  const credentials = makeCredentials({
    key: { issuer, resource, account: settings.account, clientId },
    clientAuthentication: undefined,
    resources: undefined,
    // RFC 6749 section 4.4.3: there should be none, and what asks nobody needs none.
    response: { ...response, refreshToken: undefined },
    requestedScope,
    impliedScope: asked.impliedScope,
    earlierRefreshToken: undefined,
    proofKey,
    now: yield* now
  })
  return yield* save(settings, credentials)
})

interface Asked {
  readonly request: TokenRequestParameters
  /** What an answer without a scope stands for. */
  readonly impliedScope: ReadonlyArray<string>
}

const requestFor = Effect.fnUntraced(function* (
  settings: MachineSettings,
  discovery: Discovery,
  clientId: string,
  scope: ReadonlyArray<string>
): Effect.fn.Return<Asked, FlowError> {
  const { grant } = settings
  const { audience, resource, server } = discovery
  const resources = [audience]
  const grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"
  switch (grant.type) {
    case "client_credentials":
      return { request: { grantType: "client_credentials", scope, resources }, impliedScope: scope }
    case "workload": {
      const assertion = yield* fromHost(grant.assertion, { issuer: server.issuer, resource })
      return { request: { grantType, assertion, scope, resources }, impliedScope: scope }
    }
    case "enterprise": {
      const { assertion, scope: allowed } = yield* exchangeIdentity(settings, grant, { discovery, clientId, scope })
      // The scope stands in the assertion: to name more than the identity provider allows would be refused.
      return { request: { grantType, assertion, resources }, impliedScope: allowed ? [...allowed] : scope }
    }
  }
})
