import { isFailure, isRejection } from "@postern/rejection"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeClient } from "./make-client.ts"
import type {
  AskedClient,
  AuthorizationServerChoice,
  ClientOptions,
  ClientRequest,
  ScopePolicy,
  UserAgentRequest
} from "./options.ts"
import { type PromiseClient, promiseClient } from "./promise-client.ts"
import { UserAgentFailed } from "./rejections/index.ts"

export type { PromiseClient } from "./promise-client.ts"

/** What a client is made from: as for `makeClient`, with Promises where something waits. */
export interface PromiseClientOptions extends Omit<
  ClientOptions,
  "userAgent" | "redirectUri" | "scope" | "askForClient" | "chooseAuthorizationServer"
> {
  /** Shows a URL to the user; resolves to the full callback URL that arrived, and rejects when none will. */
  readonly userAgent: (request: UserAgentRequest, options: { readonly signal: AbortSignal }) => Promise<string>
  /** Registered and sent; a function where a listener is opened first: it runs once per authorization. */
  readonly redirectUri: string | (() => Promise<string>)
  /** The last resort, where nobody may register: a client that the operator of the server has registered. */
  readonly askForClient?: ((request: ClientRequest) => Promise<AskedClient | undefined>) | undefined
  /** Chooses where the metadata of a resource names several authorization servers. */
  readonly chooseAuthorizationServer?: ((choice: AuthorizationServerChoice) => Promise<string | undefined>) | undefined
  readonly scope?:
    | (Omit<ScopePolicy, "onStepUp"> & {
        /** Asked before more rights are requested than the ones held; a `false` ends the flow. */
        readonly onStepUp?: ((added: ReadonlySet<string>, resource: string) => Promise<boolean>) | undefined
      })
    | undefined
}

/** Makes a client; throws `ConfigurationInvalid` for wrong and unknown options. */
export const createClient = (options: PromiseClientOptions): PromiseClient =>
  promiseClient(Result.getOrThrow(makeClient(withEffects(options))))

/**
 * A client and a resource as a `fetch` for SDKs: `(input, init) => Promise<Response>`. Resolves to the answer as it arrived,
 * a stream included; rejects with the rejection or failure that ended the flow, or with the reason of an abort.
 */
export const authorizedFetch =
  (
    client: PromiseClient,
    resource: string
  ): ((input: string | URL | Request, init?: RequestInit) => Promise<Response>) =>
  async (input, init) => {
    const request = new Request(input, withDuplex(init))
    return Result.getOrThrow(await client.fetch(resource, request, { signal: request.signal }))
  }

// The platform wants this beside a stream (Fetch, Request constructor), and the types of RequestInit do not have it.
const withDuplex = (init: RequestInit | undefined): RequestInit =>
  init?.body instanceof ReadableStream ? Object.assign({ duplex: "half" }, init) : { ...init }

const fromPromise = <A>(run: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, UserAgentFailed> =>
  Effect.tryPromise({
    try: run,
    catch: (thrown) =>
      new UserAgentFailed({
        reason: isFailure(thrown) || isRejection(thrown) ? thrown._tag : "rejected",
        cause: thrown
      })
  })

const withEffects = (options: PromiseClientOptions): ClientOptions => {
  const { askForClient: ask, chooseAuthorizationServer: choose, redirectUri, scope, userAgent, ...rest } = options
  const onStepUp = scope?.onStepUp
  return {
    ...rest,
    askForClient: ask && ((request) => Effect.promise(() => ask(request))),
    chooseAuthorizationServer: choose && ((choice) => Effect.promise(() => choose(choice))),
    userAgent: (request) => fromPromise((signal) => userAgent(request, { signal })),
    redirectUri: typeof redirectUri === "string" ? redirectUri : fromPromise(redirectUri),
    ...(scope
      ? {
          scope: {
            ...scope,
            onStepUp: onStepUp && ((added, resource) => Effect.promise(() => onStepUp(added, resource)))
          }
        }
      : {})
  }
}
