import type { PromiseOptions } from "@postern/rejection/promise"
import { toPromise } from "@postern/rejection/promise"
import * as Result from "effect/Result"
import type { Answer } from "./http/answer.ts"
import type { Incoming } from "./http/incoming.ts"
import type { NextKey } from "./keys/ring-keys.ts"
import type { AuthorizationServerOptions } from "./options.ts"
import { makeAuthorizationServer } from "./server.ts"
import type { StoreFailed } from "./store.ts"

/** An authorization server as a web-standard handler. */
export interface PromiseAuthorizationServer {
  /** Answers every request; rejects only when `signal` is aborted. */
  readonly handle: (request: Request, options?: PromiseOptions) => Promise<Response>
  /** The same for a server that has no web request at hand: making one would cost more than many an answer. */
  readonly answer: (request: Incoming, options?: PromiseOptions) => Promise<Answer>
  /** The issuer identifier, byte for byte as configured. */
  readonly issuer: string
  /** Whether an access token was revoked, by its `jti`: for a resource server in this process. */
  readonly isRevoked: (tokenId: string, options?: PromiseOptions) => Promise<Result.Result<boolean, StoreFailed>>
  /** What an operator does with the keys; absent where `keys` are kept outside. */
  readonly keyRing:
    | {
        /** Lets another key sign, as soon as it was published for long enough, and says which one and when. */
        readonly rotate: (options?: PromiseOptions) => Promise<Result.Result<NextKey, StoreFailed>>
        /** Takes a key out at once: no token of it is good any longer. `Unknown`: there is no such key, and nothing changed. */
        readonly withdraw: (
          kid: string,
          options?: PromiseOptions
        ) => Promise<Result.Result<"Withdrawn" | "Unknown", StoreFailed>>
      }
    | undefined
  /** Removes what has expired until nothing is left, in small transactions; how many rows went or were put off. */
  readonly removeExpired: (options?: PromiseOptions) => Promise<Result.Result<number, StoreFailed>>
  /** Does so every minute until `signal` is aborted, and rejects with its reason then. */
  readonly keepHouse: (options: { readonly signal: AbortSignal }) => Promise<never>
}

/** Makes an authorization server; rejects with {@link ConfigurationInvalid}, which names the key, when an option is wrong. */
export const createAuthorizationServer = async (
  options: AuthorizationServerOptions
): Promise<PromiseAuthorizationServer> => {
  const server = Result.getOrThrow(await toPromise(makeAuthorizationServer(options)))
  const { issuer, answer, handle, isRevoked, keepHouse, keyRing, removeExpired } = server
  return {
    issuer,
    handle: async (request, run) => Result.merge(await toPromise(handle(request), run)),
    answer: async (request, run) => Result.merge(await toPromise(answer(request), run)),
    isRevoked: (tokenId, run) => toPromise(isRevoked(tokenId), run),
    keyRing: keyRing && {
      rotate: (run) => toPromise(keyRing.rotate, run),
      withdraw: (kid, run) => toPromise(keyRing.withdraw(kid), run)
    },
    removeExpired: (run) => toPromise(removeExpired, run),
    keepHouse: async (run) => Result.merge(await toPromise(keepHouse, run))
  }
}

export type { Answer } from "./http/answer.ts"
export type { Incoming } from "./http/incoming.ts"
export { ConfigurationInvalid } from "./configuration-invalid.ts"
