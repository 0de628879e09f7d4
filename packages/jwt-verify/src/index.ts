export { type Algorithm, defaultAlgorithms } from "./algorithm.ts"
export type { AudienceRules } from "./audience.ts"
export {
  type Actor,
  checkAgain,
  type ClaimRules,
  type ClientRule,
  type FactRules,
  readFacts,
  type VerifiedToken
} from "./claims.ts"
export type { CompactJws } from "./compact.ts"
export type { TokenRules, TrustedIssuer, VerifierOptions } from "./configuration.ts"
export { type AudienceSource, type Dialect, profile, type ScopeForm } from "./dialect.ts"
export type { JsonObject } from "@postern/metadata"
export { freezeFacts } from "./freeze-facts.ts"
export type { SignedBy } from "./header.ts"
export type { KeyRules, VerificationKey } from "./key-set.ts"
export type { FetchDocument, KeyCache, KeyProblem, KeySource } from "./key-source.ts"
export { makeFixedKeys, makeRemoteKeys, type RemoteKeysOptions } from "./keys.ts"
export {
  AlgorithmForbidden,
  AudienceMismatch,
  ClaimInvalid,
  ClaimMissing,
  ClientForbidden,
  ConfigurationInvalid,
  IssuerMismatch,
  KeysUnavailable,
  KeyUnknown,
  LifetimeTooLong,
  RevocationUnavailable,
  SignatureInvalid,
  TokenBound,
  TokenEncrypted,
  TokenExpired,
  TokenMalformed,
  TokenNotYetValid,
  type TokenProblem,
  type TokenRejection,
  TokenRevoked,
  TypeMismatch
} from "./rejections.ts"
export { makeRevocation, type Revocation, type Revoked } from "./revocation.ts"
export { checkSignature, type SignatureRejection, verifySignature } from "./signature.ts"
export type { TokenCacheOptions } from "./token-cache.ts"
export { type JwtForm, parseJwt, type UnverifiedJwt } from "./unverified-jwt.ts"
export { makeVerifier, type Verifier, type VerifyOptions } from "./verifier.ts"
