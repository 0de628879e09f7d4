import type { ProofKeyUnusable } from "@postern/dpop"
import type {
  IssuerMismatch,
  JsonMalformed,
  MetadataMalformed,
  PkceUnsupported,
  ResourceMismatch
} from "@postern/metadata"
import type {
  ErrorResponseMalformed,
  ParameterInvalid,
  ParameterMissing,
  ParameterRepeated,
  ParametersTooLarge,
  TokenResponseMalformed
} from "@postern/messages"
import type { FetchRejected, TransportFailed } from "@postern/safe-fetch"
import type { ScopeMalformed } from "@postern/scope"
import type {
  RedirectUriForbidden,
  RedirectUriMalformed,
  ResourceMalformed,
  TransportInsecure,
  UrlMalformed
} from "@postern/uri"
import type { AssertionUnavailable, IdentityAssertionMismatch } from "./machine/rejections.ts"
import type * as Own from "./rejections/index.ts"
import type { CredentialStoreFailed } from "./store.ts"

/** Somebody is wrong: the server, the authorization server, the user's answer, or what this client was asked to do. */
export type FlowRejection =
  | Own.RequestOutsideResource
  | Own.ResourceRedirected
  | Own.ResourceMetadataNotFound
  | Own.MetadataUrlForbidden
  | Own.AuthorizationServerNotNamed
  | Own.ServerMetadataNotFound
  | Own.GrantUnsupported
  | Own.DpopUnsupported
  | Own.EndpointForbidden
  | Own.RegistrationUnavailable
  | Own.RegistrationGated
  | Own.RegistrationRejected
  | Own.RegistrationNotRecognized
  | Own.RegistrationUnusable
  | Own.ClientAuthenticationUnsupported
  | Own.CallbackUrlMismatch
  | Own.AuthorizationIssuerMismatch
  | Own.StateMismatch
  | Own.AuthorizationRefused
  | Own.TokenRequestRejected
  | Own.AnswerNotJson
  | Own.RevocationUnsupported
  | Own.RevocationRejected
  | IdentityAssertionMismatch
  | Own.ProofRefused
  | Own.ScopeNotGranted
  | Own.StepUpDeclined
  | Own.AuthorizationLimitReached
  | Own.TokenRefused
  | ResourceMalformed
  | TransportInsecure
  | UrlMalformed
  | RedirectUriMalformed
  | RedirectUriForbidden
  | MetadataMalformed
  | JsonMalformed
  | IssuerMismatch
  | ResourceMismatch
  | PkceUnsupported
  | ScopeMalformed
  | ParameterRepeated
  | ParametersTooLarge
  | ParameterMissing
  | ParameterInvalid
  | TokenResponseMalformed
  | ErrorResponseMalformed
  | FetchRejected

/** The world is wrong: the network, a server that is down, the store, the browser, a key. */
export type FlowFailure =
  | Own.ServerUnavailable
  | Own.ResourceUnreachable
  | Own.UserAgentFailed
  | AssertionUnavailable
  | Own.ClientKeyUnusable
  | ProofKeyUnusable
  | TransportFailed
  | CredentialStoreFailed

/** Everything that ends a flow. */
export type FlowError = FlowRejection | FlowFailure
