import * as Result from "effect/Result"
import { ClientAuthenticationUnsupported } from "./rejections.ts"
import type { ClientAuthenticationMethod } from "./store.ts"

/** How a token request says who the client is. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret?: string | undefined
  readonly method: ClientAuthenticationMethod
}

// RFC 8414 section 2: "If omitted, the default is client_secret_basic".
const supportedMethods = (listed: ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  listed ?? ["client_secret_basic"]

/**
 * The method to ask for in a registration: none where the server takes public clients, which keeps no secret that could
 * leak, else Basic, else the form.
 */
export const chooseRegistrationMethod = (facts: {
  readonly issuer: string
  readonly listed: ReadonlyArray<string> | undefined
}): Result.Result<ClientAuthenticationMethod, ClientAuthenticationUnsupported> => {
  // Before RFC 8414's default: most servers that say nothing register public clients, and one that does not answers with its method.
  if (facts.listed === undefined) return Result.succeed("none")
  return first(facts.issuer, ["none", "client_secret_basic", "client_secret_post"], facts.listed)
}

/**
 * The method for a client id that was configured: the configured one, else by whether there is a secret. A secret is never
 * sent by a method that the server does not list (RFC 8414 section 2), and never twice.
 */
export const chooseConfiguredMethod = (facts: {
  readonly issuer: string
  readonly listed: ReadonlyArray<string> | undefined
  readonly hasSecret: boolean
  readonly configured: ClientAuthenticationMethod | undefined
}): Result.Result<ClientAuthenticationMethod, ClientAuthenticationUnsupported> => {
  // What the operator wrote down was agreed with the server, whatever its metadata says.
  if (facts.configured !== undefined) return Result.succeed(facts.configured)
  if (facts.hasSecret)
    return first(facts.issuer, ["client_secret_basic", "client_secret_post"], supportedMethods(facts.listed))
  return facts.listed === undefined ? Result.succeed("none") : first(facts.issuer, ["none"], facts.listed)
}

const first = (
  issuer: string,
  preferred: ReadonlyArray<ClientAuthenticationMethod>,
  supported: ReadonlyArray<string>
): Result.Result<ClientAuthenticationMethod, ClientAuthenticationUnsupported> => {
  const method = preferred.find((candidate) => supported.includes(candidate))
  return method === undefined
    ? Result.fail(new ClientAuthenticationUnsupported({ issuer, supported }))
    : Result.succeed(method)
}
