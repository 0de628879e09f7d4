export { ConfigurationInvalid } from "./configuration-invalid.ts"
export type {
  AuthorizationServerOptions,
  ConfiguredClient,
  Lifetimes,
  ResourceOptions,
  ScopeOptions,
  ServerEvent,
  SigningKey
} from "./options.ts"
export type { ClientFacts, ConsentFacts, ErrorFacts, FormFacts, Pages, SignInFacts } from "./pages.ts"
export { type People, PeopleFailed, type Person } from "./people.ts"
export {
  BodyRefused,
  ClientAuthenticationFailed,
  ClientAuthenticationRepeated,
  ClientDocumentRefused,
  ClientMetadataRefused,
  ClientUnknown,
  ConsentDenied,
  FormForged,
  FormMalformed,
  GrantInvalid,
  GrantTypeForbidden,
  InteractionGone,
  InteractionRequired,
  RedirectUriMissing,
  RedirectUriRefused,
  RegistrationFull,
  ResourceRefused,
  ScopeRefused,
  ScopeWithheld,
  SignInThrottled
} from "./rejections.ts"
export { type AuthorizationServer, makeAuthorizationServer } from "./server.ts"
export {
  type AddClientOutcome,
  type ApproveOutcome,
  type Client,
  type ClientKeySet,
  type Code,
  type DenyOutcome,
  type Found,
  type Grant,
  type Interaction,
  type PendingRequest,
  type RefreshToken,
  type RememberOutcome,
  type Session,
  type SignInOutcome,
  type SpentId,
  type Store,
  StoreFailed,
  type TokenEndpointAuthMethod,
  type UseOutcome
} from "./store.ts"
