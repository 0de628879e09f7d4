import { type PromiseOptions, toPromise } from "@postern/rejection/promise"
import type * as Result from "effect/Result"
import type { AnswerOptions, AuthorizeOptions, Client } from "./client.ts"
import type { FlowError } from "./flow-error.ts"
import type { SignedOut } from "./sign-out.ts"
import type { StoredCredentials } from "./store.ts"

/** As `Client`, with Promises; nothing that a peer or the world causes is thrown. */
export interface PromiseClient {
  /** The whole flow as a fetch: adds the token of the resource and answers its challenges. */
  readonly fetch: (
    resource: string,
    request: Request,
    options?: PromiseOptions
  ) => Promise<Result.Result<Response, FlowError>>
  /** Logs in, or asks for more rights, without a request. */
  readonly authorize: (
    options: AuthorizeOptions & PromiseOptions
  ) => Promise<Result.Result<StoredCredentials, FlowError>>
  /** The token held for a resource, refreshed when it is about to expire. */
  readonly accessToken: (
    resource: string,
    options?: PromiseOptions
  ) => Promise<Result.Result<string | undefined, FlowError>>
  /** Answers a challenge that somebody else received; the token to go on with. */
  readonly answer: (options: AnswerOptions & PromiseOptions) => Promise<Result.Result<string | undefined, FlowError>>
  /** Revokes and forgets what is held for a resource in this account. */
  readonly signOut: (
    resource: string,
    options?: PromiseOptions
  ) => Promise<Result.Result<ReadonlyArray<SignedOut>, FlowError>>
}

/** The same client with Promises. */
export const promiseClient = (client: Client): PromiseClient => ({
  fetch: (resource, request, options) => toPromise(client.fetch(resource, request), options),
  authorize: (options) => toPromise(client.authorize(options), options),
  accessToken: (resource, options) => toPromise(client.accessToken(resource), options),
  answer: (options) => toPromise(client.answer(options), options),
  signOut: (resource, options) => toPromise(client.signOut(resource), options)
})
