export type { Scheme } from "./credentials.ts"
export type { DecisionEvent } from "./decision-event.ts"
export { type ClosedGuardOptions, type Guard, type GuardFacts, makeGuard } from "./guard.ts"
export type { Access, Answer, Begun, Head, Outgoing, PublicAccess, ReadBody, Refused } from "./incoming.ts"
export { type IntrospectionOptions, type Introspector, makeIntrospector } from "./introspection.ts"
export type { IntrospectionRejection } from "./introspection-response.ts"
export { type BodyFilter, makeBodyFilter, type MessageFilter, unfilterable } from "./list-body.ts"
export type { ChallengeForm, GuardDpop, GuardIntrospection, GuardOptions, TokenOptions } from "./options.ts"
export {
  BodyTooLarge,
  ConfigurationInvalid,
  CredentialsRepeated,
  type GuardRejection,
  HeaderMismatch,
  IntrospectionUnavailable,
  MediaTypeUnsupported,
  type MessageId,
  MessageMalformed,
  MethodUnsupported,
  OperationUnnamed,
  type Refusal,
  ScopeInsufficient,
  SessionUnknown,
  StepUpClosed,
  TokenInactive,
  TokenMissing,
  TokenUnbound
} from "./rejections.ts"
export { makeSessions, type SessionOwner, type Sessions, type SessionsOptions } from "./sessions.ts"
export type { TokenRefusal, TokenVerifier } from "./token-verifier.ts"
export type { Admitted, RefusedRequest } from "./web.ts"
