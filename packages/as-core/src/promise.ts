import type { PromiseOptions } from "@postern/rejection/promise"
import { toPromise } from "@postern/rejection/promise"
import * as Result from "effect/Result"
import type { AuthorizationServerOptions } from "./options.ts"
import { makeAuthorizationServer } from "./server.ts"

/** An authorization server as a web-standard handler. */
export interface PromiseAuthorizationServer {
  /** Answers every request; rejects only when `signal` is aborted. */
  readonly handle: (request: Request, options?: PromiseOptions) => Promise<Response>
  /** The issuer identifier, byte for byte as configured. */
  readonly issuer: string
}

/** Makes an authorization server; rejects with {@link ConfigurationInvalid}, which names the key, when an option is wrong. */
export const createAuthorizationServer = async (
  options: AuthorizationServerOptions
): Promise<PromiseAuthorizationServer> => {
  const { issuer, handle } = Result.getOrThrow(await toPromise(makeAuthorizationServer(options)))
  return { issuer, handle: async (request, run) => Result.merge(await toPromise(handle(request), run)) }
}

export { ConfigurationInvalid } from "./configuration-invalid.ts"
