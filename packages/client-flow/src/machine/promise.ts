import { isFailure, isRejection } from "@postern/rejection"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type PromiseClient, promiseClient } from "../promise-client.ts"
import type { AuthorizationServerChoice } from "../options.ts"
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

/** What a token is asked for with: as `MachineGrant`, with Promises where something waits. */
export type PromiseMachineGrant =
  | ClientCredentialsGrant
  | (Omit<WorkloadGrant, "assertion"> & {
      /** The JWT for this authorization server; asked for each time. */
      readonly assertion: (facts: AssertionFacts, options: { readonly signal: AbortSignal }) => Promise<string>
    })
  | (Omit<EnterpriseGrant, "subjectToken"> & {
      /** What the person's login brought; asked for each time. */
      readonly subjectToken: (facts: AssertionFacts, options: { readonly signal: AbortSignal }) => Promise<SubjectToken>
    })

/** What a client is made from that gets its tokens without a browser: as for `makeMachineClient`. */
export interface PromiseMachineClientOptions extends Omit<MachineClientOptions, "grant" | "chooseAuthorizationServer"> {
  readonly grant: PromiseMachineGrant
  /** Chooses where the metadata of a resource names several authorization servers. */
  readonly chooseAuthorizationServer?: ((choice: AuthorizationServerChoice) => Promise<string | undefined>) | undefined
}

/** Makes a client that gets its tokens without a browser; throws `ConfigurationInvalid` for wrong and unknown options. */
export const createMachineClient = (options: PromiseMachineClientOptions): PromiseClient => {
  const { chooseAuthorizationServer: choose, grant, ...rest } = options
  return promiseClient(
    Result.getOrThrow(
      makeMachineClient({
        ...rest,
        grant: withEffects(grant),
        chooseAuthorizationServer: choose && ((choice) => Effect.promise(() => choose(choice)))
      })
    )
  )
}

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
  <A>(bring: (facts: AssertionFacts, options: { readonly signal: AbortSignal }) => Promise<A>) =>
  (facts: AssertionFacts): Effect.Effect<A, AssertionUnavailable> =>
    Effect.tryPromise({
      try: (signal) => bring(facts, { signal }),
      catch: (thrown) =>
        new AssertionUnavailable({
          reason: isFailure(thrown) || isRejection(thrown) ? thrown._tag : "rejected",
          cause: thrown
        })
    })
