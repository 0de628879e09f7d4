export { type BearerChallenge, findBearerChallenge, findDpopChallenge } from "./bearer-challenge.ts"
export type { Challenge, Parameter } from "./challenge.ts"
export { type Credentials, parseCredentials } from "./credentials.ts"
export { type BearerChallengeOptions, formatBearerChallenge } from "./format-bearer-challenge.ts"
export { type ChallengeOptions, formatChallenge } from "./format-challenge.ts"
export { type DpopChallengeOptions, formatDpopChallenge } from "./format-dpop-challenge.ts"
export { parseChallenges } from "./parse-challenges.ts"
export {
  ChallengeAmbiguous,
  ChallengeMalformed,
  ChallengeUnrepresentable,
  CredentialsMalformed,
  type Flaw,
  ParameterRepeated
} from "./rejections.ts"
