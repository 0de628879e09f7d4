import { decodeExchangeResponse } from "@postern/messages"
import type { ScopeSet } from "@postern/scope"
import * as Effect from "effect/Effect"
import type { ClientCredentials } from "../choose-client-authentication.ts"
import type { Discovery } from "../discover.ts"
import type { FlowError } from "../flow-error.ts"
import { now } from "../now.ts"
import { askTokenEndpoint } from "../request-token.ts"
import type { CommonSettings } from "../common-settings.ts"
import { checkIdentityAssertion } from "./check-identity-assertion.ts"
import type { EnterpriseGrant, IdentityProvider } from "./options.ts"
import { fromHost } from "./settings.ts"

const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"

/** An assertion, and the scope that it allows where it says so. */
export interface IdentityAssertion {
  readonly assertion: string
  readonly scope: ScopeSet | undefined
}

/**
 * Gives the person's token to the identity provider for an assertion that is for one authorization server and one resource
 * (RFC 8693; draft-ietf-oauth-identity-assertion-authz-grant section 4.3), and checks that it is for these.
 */
export const exchangeIdentity = Effect.fnUntraced(function* (
  settings: CommonSettings,
  { identityProvider, subjectToken }: EnterpriseGrant,
  facts: { readonly discovery: Discovery; readonly clientId: string; readonly scope: ReadonlyArray<string> }
): Effect.fn.Return<IdentityAssertion, FlowError> {
  const { clientId, discovery, scope } = facts
  const { audience: resource, server } = discovery
  const { issuer, tokenEndpoint } = identityProvider
  const { token, type } = yield* fromHost(subjectToken, { issuer: server.issuer, resource: discovery.resource })
  const json = yield* askTokenEndpoint(settings, {
    server: { issuer, documentIssuer: issuer, tokenEndpoint },
    metadataUrl: undefined,
    client: clientAt(identityProvider),
    proofKey: undefined,
    requestedScope: scope,
    request: {
      grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
      subjectToken: token,
      subjectTokenType: `urn:ietf:params:oauth:token-type:${type}`,
      requestedTokenType: ID_JAG,
      audience: server.documentIssuer,
      resources: [resource],
      scope
    }
  })
  const assertion = yield* Effect.fromResult(decodeExchangeResponse(json, ID_JAG))
  const rules = { issuer, audience: server.documentIssuer, clientId, resource, now: yield* now }
  return { assertion, scope: yield* Effect.fromResult(checkIdentityAssertion(assertion, rules)) }
})

const clientAt = ({
  clientId,
  clientKey,
  clientSecret,
  tokenEndpointAuthMethod
}: IdentityProvider): ClientCredentials => ({
  clientId,
  clientKey,
  clientSecret,
  method:
    tokenEndpointAuthMethod ??
    (clientKey ? "private_key_jwt" : clientSecret === undefined ? "none" : "client_secret_basic")
})
