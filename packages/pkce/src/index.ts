export { parseChallenge, type CodeChallenge } from "./challenge.ts"
export { check } from "./check.ts"
export { createChallenge, createVerifier } from "./create.ts"
export { parseChallengeMethod } from "./method.ts"
export {
  CodeChallengeMalformed,
  ChallengeMethodUnsupported,
  VerifierMalformed,
  VerifierMismatch
} from "./rejections.ts"
export { parseVerifier, type CodeVerifier } from "./verifier.ts"
