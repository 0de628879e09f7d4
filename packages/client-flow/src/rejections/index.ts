export { AnswerNotJson, ServerUnavailable } from "./answers.ts"
export {
  AuthorizationIssuerMismatch,
  AuthorizationLimitReached,
  AuthorizationRefused,
  CallbackUrlMismatch,
  ScopeNotGranted,
  StateMismatch,
  StepUpDeclined,
  UserAgentFailed
} from "./authorization.ts"
export { ClientKeyUnusable, ConfigurationInvalid } from "./configuration.ts"
export {
  AuthorizationServerNotNamed,
  DpopUnsupported,
  EndpointForbidden,
  GrantUnsupported,
  MetadataUrlForbidden,
  ResourceMetadataNotFound,
  ServerMetadataNotFound
} from "./discovery.ts"
export {
  ClientAuthenticationUnsupported,
  RegistrationGated,
  RegistrationNotRecognized,
  RegistrationRejected,
  RegistrationUnavailable,
  RegistrationUnusable
} from "./registration.ts"
export {
  ProofRefused,
  RequestOutsideResource,
  ResourceRedirected,
  ResourceUnreachable,
  TokenRefused
} from "./resource.ts"
export { RevocationRejected, RevocationUnsupported, TokenRequestRejected } from "./tokens.ts"
