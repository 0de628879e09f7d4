export { type Algorithm, defaultAlgorithms } from "./algorithm.ts"
export type { VerifiedToken } from "./claims.ts"
export type { TrustedIssuer, VerifierOptions } from "./configuration.ts"
export type { FetchKeys, KeyCache } from "./key-source.ts"
export {
  AlgorithmForbidden,
  AudienceMismatch,
  ClaimInvalid,
  ClaimMissing,
  ConfigurationInvalid,
  IssuerMismatch,
  KeysUnavailable,
  KeyUnknown,
  LifetimeTooLong,
  SignatureInvalid,
  TokenBound,
  TokenEncrypted,
  TokenExpired,
  TokenMalformed,
  TokenNotYetValid,
  type TokenProblem,
  type TokenRejection,
  TypeMismatch
} from "./rejections.ts"
export { type SignatureRejection, verifySignature } from "./signature.ts"
export { makeVerifier, type Verifier } from "./verifier.ts"
