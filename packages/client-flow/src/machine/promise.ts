import { isFailure, isRejection } from "@postern/rejection"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type PromiseClient, promiseClient } from "../promise-client.ts"
import { makeMachineClient } from "./make-machine-client.ts"
import { AssertionUnavailable } from "./rejections.ts"
import type {
  AssertionFacts,
  ClientCredentialsGrant,
  EnterpriseGrant,
  MachineClientOptions,
  MachineGrant,
  SubjectToken,
  WorkloadGrant
} from "./options.ts"

export type { PromiseClient } from "../promise-client.ts"

/** A function of the host's that waits. */
type Bring<A> = (facts: AssertionFacts, options: { readonly signal: AbortSignal }) => Promise<A>

/** What a token is asked for with: as `MachineGrant`, with Promises where something waits. */
export type PromiseMachineGrant =
  | ClientCredentialsGrant
  | (Omit<WorkloadGrant, "assertion"> & { readonly assertion: Bring<string> })
  | (Omit<EnterpriseGrant, "subjectToken"> & { readonly subjectToken: Bring<SubjectToken> })

/** What a client is made from that gets its tokens without a browser: as for `makeMachineClient`. */
export interface PromiseMachineClientOptions extends Omit<MachineClientOptions, "grant"> {
  readonly grant: PromiseMachineGrant
}

/** Makes a client that gets its tokens without a browser; throws `ConfigurationInvalid` for wrong and unknown options. */
export const createMachineClient = (options: PromiseMachineClientOptions): PromiseClient =>
  promiseClient(Result.getOrThrow(makeMachineClient({ ...options, grant: withEffects(options.grant) })))

const withEffects = (grant: PromiseMachineGrant): MachineGrant => {
  switch (grant.type) {
    case "workload":
      return { ...grant, assertion: fromPromise(grant.assertion) }
    case "enterprise":
      return { ...grant, subjectToken: fromPromise(grant.subjectToken) }
    default:
      return grant
  }
}

const fromPromise =
  <A>(bring: Bring<A>) =>
  (facts: AssertionFacts): Effect.Effect<A, AssertionUnavailable> =>
    Effect.tryPromise({
      try: (signal) => bring(facts, { signal }),
      catch: (thrown) =>
        new AssertionUnavailable({
          reason: isFailure(thrown) || isRejection(thrown) ? thrown._tag : "rejected",
          cause: thrown
        })
    })
