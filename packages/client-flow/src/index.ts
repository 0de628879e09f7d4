export { type AnswerOptions, type AuthorizeOptions, type Client, makeClient } from "./client.ts"
export { type Explanation, explain, type Layer } from "./explain.ts"
export type { FlowEvent, Purpose } from "./events.ts"
export type { FlowError, FlowFailure, FlowRejection } from "./flow-error.ts"
export { memoryStore } from "./memory-store.ts"
export type {
  ClientDescription,
  ClientOptions,
  Exception,
  PreRegistration,
  Relaxation,
  ScopePolicy,
  UserAgentRequest
} from "./options.ts"
export {
  AuthorizationIssuerMismatch,
  AuthorizationLimitReached,
  AuthorizationRefused,
  CallbackUrlMismatch,
  ClientAuthenticationUnsupported,
  CodeGrantUnsupported,
  ConfigurationInvalid,
  EndpointForbidden,
  MetadataUrlForbidden,
  RegistrationRejected,
  RegistrationUnavailable,
  RegistrationUnusable,
  RequestOutsideResource,
  ResourceMetadataNotFound,
  ResourceRedirected,
  ResourceUnreachable,
  ScopeNotGranted,
  ServerMetadataNotFound,
  ServerUnavailable,
  StateMismatch,
  StepUpDeclined,
  TokenRefused,
  TokenRequestRejected,
  UserAgentFailed
} from "./rejections.ts"
export {
  type ClientAuthenticationMethod,
  type CredentialsKey,
  type CredentialStore,
  CredentialStoreFailed,
  type StoredCredentials,
  type StoredRegistration
} from "./store.ts"
