export type { AnswerOptions, AuthorizeOptions, Client } from "./client.ts"
export { type Explanation, explain } from "./explain.ts"
export type { Layer } from "./explanations.ts"
export type { Adjustment, AdjustmentName, Asked, Seams } from "./adjustment.ts"
export type { FlowEvent, Purpose } from "./events.ts"
export type { MetadataAttempt } from "./metadata-attempt.ts"
export type { FlowError, FlowFailure, FlowRejection } from "./flow-error.ts"
export { makeClient } from "./make-client.ts"
export { memoryStore } from "./memory-store.ts"
export type {
  AskedClient,
  AuthorizationServerChoice,
  ClientDescription,
  ClientKey,
  ClientOptions,
  ClientRequest,
  CommonOptions,
  Dpop,
  Exception,
  PreRegistration,
  Relaxation,
  ScopePolicy,
  SharedResources,
  UserAgentRequest
} from "./options.ts"
export type { GrantType } from "./grant-type.ts"
export {
  AnswerNotJson,
  AuthorizationIssuerMismatch,
  AuthorizationLimitReached,
  AuthorizationRefused,
  AuthorizationServerNotNamed,
  CallbackUrlMismatch,
  ClientAuthenticationUnsupported,
  ClientKeyUnusable,
  ConfigurationInvalid,
  DpopUnsupported,
  EndpointForbidden,
  GrantUnsupported,
  MetadataUrlForbidden,
  ProofRefused,
  RegistrationGated,
  RegistrationNotRecognized,
  RegistrationRejected,
  RegistrationUnavailable,
  RegistrationUnusable,
  RequestOutsideResource,
  ResourceMetadataNotFound,
  ResourceRedirected,
  ResourceUnreachable,
  RevocationRejected,
  RevocationUnsupported,
  ScopeNotGranted,
  ServerMetadataNotFound,
  ServerUnavailable,
  StateMismatch,
  StepUpDeclined,
  TokenRefused,
  TokenRequestRejected,
  UserAgentFailed
} from "./rejections/index.ts"
export type { SignedOut, SignedOutToken } from "./sign-out.ts"
export {
  type ClientAuthenticationMethod,
  type CredentialsKey,
  type CredentialStore,
  CredentialStoreFailed,
  DEFAULT_ACCOUNT,
  type LoginKey,
  type RegisteredAuthentication,
  type RegisteredMethod,
  type StoredCredentials,
  type StoredRegistration
} from "./store.ts"
