import type { FlowError } from "./flow-error.ts"

/**
 * Who has to change something. `configuration` is this client's own; `network`: nobody could be reached; `something between`: a
 * proxy, a gateway or the login page of a network answered in place of a server.
 */
export type Layer =
  | "client"
  | "configuration"
  | "resource server"
  | "authorization server"
  | "user"
  | "network"
  | "something between"

/** Whose fault it is, and what fixes it. */
export interface Row {
  readonly layer: Layer
  /** What to do. */
  readonly remedy: string
}

const as =
  (layer: Layer) =>
  (remedy: string): Row => ({ layer, remedy })
const client = as("client")
const configuration = as("configuration")
const resource = as("resource server")
const server = as("authorization server")
const user = as("user")
const network = as("network")

const between = as("something between")

const PRIVATE_ADDRESS =
  "If the server is yours, on this machine or in a private network, name its URL in trust.operator of the transport's bounds; a public server must not name a private address."
const PUBLIC_DOCUMENT =
  "Serve the document as JSON over https at a public address, without a redirect, within the size limit."
const PROXY = between(
  "Look for a proxy, a gateway or the login page of a network that answers in place of the server, and let the request through; if there is none, the server has to answer itself, with JSON and without a redirect."
)

/** Of a document or endpoint: whose it is. Only the metadata of a resource is not the authorization server's. */
const ofPurpose = (purpose: string): ((remedy: string) => Row) =>
  purpose === "protected-resource-metadata" ? resource : server

/** What each error of a flow means; by its fields, where one tag stands for several. */
export const EXPLANATIONS: {
  readonly [Tag in FlowError["_tag"]]: Row | ((error: Extract<FlowError, { readonly _tag: Tag }>) => Row)
} & { readonly ClientIdMetadataInvalid: Row } = {
  AnswerNotJson: PROXY,
  AssertionUnavailable: client(
    "Make the workload's token, or the person's login at the enterprise, available, then repeat."
  ),
  AuthorizationIssuerMismatch: server(
    "Return iss exactly as in the metadata; if the server is right, somebody mixed up two flows. Where it always returns one other, there is the exception callbackIssuer."
  ),
  AuthorizationLimitReached: resource(
    "Challenge with every scope that the operation needs, and accept a token that has them."
  ),
  AuthorizationRefused: ({ error }) =>
    error === "access_denied"
      ? user("Ask the user again, or ask for less scope.")
      : server(
          "Look up the error code at the authorization server; the request or the client was not accepted. Exceptions that change the request: omitResource and scopePrefix for invalid_target, scopeRequired and offlineByParameter for invalid_scope."
        ),
  AuthorizationServerNotNamed: configuration("Choose one of the issuers that the metadata of the resource names."),
  CallbackUrlMismatch: client("Pass on the URL as it arrived at the redirect URI, unchanged."),
  ClientAuthenticationUnsupported: configuration(
    "Register a client whose token_endpoint_auth_method the server lists, and whose key, if it has one, is of an algorithm that it lists."
  ),
  ClientIdMetadataInvalid: configuration("Correct what the problems name, before the document is published."),
  ClientKeyUnusable: configuration("Give a private JWK whose members are those of a key of the algorithm."),
  CredentialStoreFailed: client(
    "Mend what the cause names: the store has to be readable and writable for this program, and for nobody else."
  ),
  DpopUnsupported: server(
    "List the algorithm in dpop_signing_alg_values_supported, or do not require tokens to be bound to a key."
  ),
  EndpointForbidden: server(
    "Put the endpoints at the issuer's origin, or name the exception endpoint-other-origin for this issuer."
  ),
  ErrorResponseMalformed: server("Answer errors as JSON with an error member."),
  // RFC 9728 section 3.1: what stands there is the resource's own.
  FetchRejected: ({ reason, url }) =>
    reason === "redirect" || reason === "content-type"
      ? PROXY
      : ofPurpose(url.includes("/.well-known/oauth-protected-resource") ? "protected-resource-metadata" : "")(
          reason === "address-forbidden" ? PRIVATE_ADDRESS : PUBLIC_DOCUMENT
        ),
  GrantUnsupported: server(
    "List the grant type in the metadata, and for authorization_code the response type code and an authorization endpoint."
  ),
  IdentityAssertionMismatch: server(
    "Have the identity provider issue an ID-JAG for the audience, resource and client that were asked for."
  ),
  IssuerMismatch: server(
    "Publish the issuer exactly as the protected resource metadata names it, or name an exception for this issuer: issuer-trailing-slash where they differ by a slash, else metadataIssuer."
  ),
  JsonMalformed: server("Serve valid JSON, without duplicate member names."),
  MetadataMalformed: server(
    "Correct the members that the issues name; where issuer is a template, there is the exception metadataIssuer."
  ),
  MetadataUrlForbidden: resource(
    "Serve the metadata at the resource's own origin over https, or name the exception metadata-other-origin for its issuer."
  ),
  ParameterInvalid: server("Answer the authorization request with a code or an error, not both, in their grammar."),
  ParameterMissing: server("Answer the authorization request with a code or an error."),
  ParameterRepeated: server("Send each parameter of the authorization response once."),
  ParametersTooLarge: server("Send a shorter authorization response."),
  PkceUnsupported: server(
    "List S256 in code_challenge_methods_supported, or name the exception pkce-metadata-absent if the server does PKCE and only says nothing."
  ),
  ProofKeyUnusable: client("Remove the credentials of this server from the store, then log in again."),
  ProofRefused: resource(
    "Set the clocks of both sides; accept proofs for the URL that clients use, and the nonces that were given out."
  ),
  RedirectUriForbidden: configuration("Use a redirect URI on loopback, with https, or with a reverse-domain scheme."),
  RedirectUriMalformed: configuration("Use an absolute redirect URI without fragment."),
  RegistrationGated: configuration(
    "Have the operator of the authorization server register a client, and name it in registrations or bring it by askForClient; or publish a Client ID Metadata Document."
  ),
  RegistrationNotRecognized: server(
    "Keep the clients that are registered, on every instance of the server. Where it registers clients without a secret and then wants one, there is the exception registerWithSecret."
  ),
  RegistrationRejected: server("Accept the metadata that the client registers, or register it by hand."),
  RegistrationUnavailable: configuration(
    "Register a client at the authorization server and configure its id for this issuer."
  ),
  RegistrationUnusable: server(
    "Register the client with the redirect URI and a method of authentication that it asked for."
  ),
  RequestOutsideResource: client(
    "Send the request to the resource's URL or below it; use another resource for another server."
  ),
  ResourceMalformed: configuration("Give the MCP server as an absolute https URL."),
  ResourceMetadataNotFound: resource(
    "Serve protected resource metadata (RFC 9728) at the well-known URL, or name it in WWW-Authenticate."
  ),
  ResourceMismatch: resource("Set resource in the metadata to the URL that clients use, character for character."),
  // A login page of a network is at another host; a server that moved a path is not.
  ResourceRedirected: ({ expected, received }) =>
    received !== undefined && URL.parse(received)?.origin !== URL.parse(expected)?.origin
      ? PROXY
      : resource("Answer at the URL itself, or configure the URL that it redirects to."),
  ResourceUnreachable: network("Check that the MCP server is running and can be reached, then repeat."),
  RevocationRejected: server(
    "Look up the error code; the token ends by itself, or revoke it where the server lets people do that."
  ),
  RevocationUnsupported: server("Offer revocation (RFC 7009), or end the access where the server lets people do that."),
  ScopeMalformed: configuration("Ask for at most 64 scopes, each in the grammar of RFC 6749."),
  ScopeNotGranted: user(
    "Have somebody with the right consent, or let the administrator of the authorization server grant the scope. Where it separates scopes by commas, there is the exception scopeWithCommas."
  ),
  ServerMetadataNotFound: server(
    "Publish authorization server metadata (RFC 8414 or OpenID discovery) for the issuer."
  ),
  // RFC 9110 section 15.6: these three are said by gateways, and by servers that would say so in JSON.
  ServerUnavailable: ({ mediaType, purpose, status }) =>
    [502, 503, 504].includes(status) && mediaType !== "application/json"
      ? between("Wait, then repeat; if it stays so, look at the proxy or gateway in front of the server.")
      : ofPurpose(purpose)("Wait, then repeat; if it stays so, look at the log of the server."),
  StateMismatch: client(
    "Start again; the callback belonged to another flow, or state was not returned as it was sent."
  ),
  StepUpDeclined: user("Allow the scopes in the client's policy, or do without the operation."),
  TokenRefused: resource(
    "Accept tokens of the authorization server that the metadata names, issued for this resource. Where that server looks at audience and not at resource, there is the exception audienceParameter."
  ),
  TokenRequestRejected: server(
    "Look up the error code; for invalid_client the client's registration is wrong, for invalid_grant the code or the assertion was. Where a server registers clients without a secret and then wants one, there is the exception registerWithSecret."
  ),
  TokenResponseMalformed: server(
    "Answer with a token of the type Bearer, or of the type DPoP where the request had a proof (RFC 6749 section 5.1); or name the exception errorsWith200 or tokenOfUser for this issuer."
  ),
  TransportFailed: network("Check the network, the name and the certificate, then repeat."),
  TransportInsecure: server("Use https; http is for loopback alone."),
  UrlMalformed: server("Publish endpoints as absolute URLs without fragment."),
  UserAgentFailed: user("Open the authorization page again and finish it.")
}
