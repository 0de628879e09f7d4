export { makeMachineClient } from "./make-machine-client.ts"
export type {
  AssertionFacts,
  ClientCredentialsGrant,
  EnterpriseGrant,
  IdentityProvider,
  MachineClientOptions,
  MachineGrant,
  MachineScope,
  SubjectToken,
  WorkloadGrant
} from "./options.ts"
export { AssertionUnavailable, IdentityAssertionMismatch } from "./rejections.ts"
