export type { HostPolicy } from "./clients/host-policy.ts"
export type {
  ClientException,
  DocumentOptions,
  DynamicOptions,
  InitialAccessToken,
  RegistrationOptions
} from "./clients/options.ts"
export { ConfigurationInvalid } from "./configuration-invalid.ts"
export type { Answer } from "./http/answer.ts"
export type { Incoming } from "./http/incoming.ts"
export { FormForged, FormMalformed, InteractionGone, SignInThrottled } from "./interaction/rejections.ts"
export type { KeyRingCommands, NextKey } from "./keys/ring-keys.ts"
export type {
  AuthorizationServerOptions,
  ConfiguredClient,
  KeyRingOptions,
  Lifetimes,
  Rates,
  ResourceOptions,
  ScopeOptions,
  ServerEvent,
  SigningKey
} from "./options.ts"
export type { ClientFacts, ConsentFacts, ErrorFacts, FormFacts, Pages, SignInFacts } from "./pages.ts"
export { type People, PeopleFailed, type Person } from "./people.ts"
export { InitialAccessTokenRefused, RegistrationAccessTokenRefused, RegistrationFull } from "./register/rejections.ts"
export {
  BodyRefused,
  ClientAuthenticationFailed,
  ClientAuthenticationRepeated,
  ClientDocumentRefused,
  ClientDocumentThrottled,
  ClientMetadataRefused,
  ClientThrottled,
  ClientUnknown,
  ConsentDenied,
  GrantInvalid,
  GrantTypeForbidden,
  InteractionRequired,
  IntrospectionForbidden,
  RedirectUriMissing,
  RedirectUriRefused,
  RequestThrottled,
  ResourceRefused,
  ScopeRefused,
  ScopeWithheld
} from "./rejections.ts"
export { type AuthorizationServer, makeAuthorizationServer } from "./server.ts"
export {
  type AddClientOutcome,
  type Allowance,
  type ApproveByConsentOutcome,
  type ApproveOutcome,
  type Client,
  type ClientKeySet,
  type Code,
  type Consent,
  type DenyOutcome,
  type FoundCode,
  type FoundGrant,
  type FoundRefreshToken,
  type Grant,
  type GrantType,
  type Interaction,
  type KeyRing,
  type PendingRequest,
  type RedeemOutcome,
  type RefreshToken,
  type Registration,
  type RememberOutcome,
  type RemoveClientOutcome,
  type ReplaceClientOutcome,
  type RotateOutcome,
  type SaveKeyRingOutcome,
  type SealedAnswer,
  type Session,
  type SignInOutcome,
  type SpentId,
  type Store,
  StoreFailed,
  type StoredKey,
  type TokenEndpointAuthMethod
} from "./store.ts"
