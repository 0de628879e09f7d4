export type { GuardOptions, Operations } from "./configuration.ts"
export { type Access, type Guard, makeGuard, type Refused } from "./guard.ts"
export {
  BodyTooLarge,
  ConfigurationInvalid,
  CredentialsRepeated,
  type GuardRejection,
  HeaderMismatch,
  MediaTypeUnsupported,
  MessageMalformed,
  MethodUnsupported,
  OperationUnnamed,
  type Refusal,
  ScopeInsufficient,
  TokenMissing
} from "./rejections.ts"
