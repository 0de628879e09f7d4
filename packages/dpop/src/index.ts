export { defaultAlgorithms, type ProofAlgorithm } from "./algorithm.ts"
export type { ProofVerifierOptions } from "./configuration.ts"
export { makeProofMemory, type ProofMemory, type ProofMemoryOptions } from "./memory.ts"
export { generateProofKey, type ProofKey, type ProofKeyOptions } from "./proof-key.ts"
export { makeNonces, type Nonces, type NoncesOptions } from "./nonces.ts"
export {
  ConfigurationInvalid,
  NonceRequired,
  type ProofFlaw,
  ProofInvalid,
  ProofKeyUnusable,
  ProofMemoryFull,
  ProofMemoryUnavailable,
  ProofMissing,
  type ProofRejection,
  ProofRepeated,
  ProofReplayed
} from "./rejections.ts"
export { type ProvenRequest, signProof } from "./sign-proof.ts"
export { type PublicJwk, thumbprint } from "./thumbprint.ts"
export { makeProofVerifier, type ProofRequest, type ProofVerifier, type VerifiedProof } from "./verifier.ts"
