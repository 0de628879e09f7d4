import * as Result from "effect/Result"
import type { AcceptedServer } from "./accept-server-metadata.ts"
import type { ClientKey, PreRegistration } from "./options.ts"
import { ClientAuthenticationUnsupported } from "./rejections/index.ts"
import type { ClientAuthenticationMethod, RegisteredAuthentication, RegisteredMethod } from "./store.ts"

/** How a token request says who the client is. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret?: string | undefined
  readonly clientKey?: ClientKey | undefined
  readonly method: ClientAuthenticationMethod
  /** The same as it is kept, where the server registered the client, so that another could be had in its place. */
  readonly registered?: RegisteredAuthentication | undefined
}

/** What a server's metadata says about client authentication. */
type Authentication = Pick<AcceptedServer, "issuer" | "authenticationMethods" | "assertionAlgorithms">

// RFC 8414 section 2: "If omitted, the default is client_secret_basic".
const supportedMethods = (listed: ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  listed ?? ["client_secret_basic"]

/**
 * The method to ask for in a registration: none where the server takes public clients, which keeps no secret that could
 * leak, else Basic, else the form.
 */
export const chooseRegistrationMethod = (
  server: Authentication
): Result.Result<RegisteredMethod, ClientAuthenticationUnsupported> => {
  // Before RFC 8414's default: most servers that say nothing register public clients, and one that does not answers with its method.
  if (server.authenticationMethods === undefined) return Result.succeed("none")
  return first(server.issuer, ["none", "client_secret_basic", "client_secret_post"], server.authenticationMethods)
}

/** Whether a server takes the assertions of a key: their method, and the algorithm where it lists those (RFC 8414 section 2). */
export const takesAssertionsOf = (server: Authentication, key: Pick<ClientKey, "algorithm">): boolean =>
  Result.isSuccess(checkAssertionsOf(server, key))

const checkAssertionsOf = (
  { assertionAlgorithms: algorithms, authenticationMethods: listed, issuer }: Authentication,
  { algorithm }: Pick<ClientKey, "algorithm">
): Result.Result<void, ClientAuthenticationUnsupported> =>
  Result.gen(function* () {
    yield* first(issuer, ["private_key_jwt"], supportedMethods(listed))
    if (algorithms?.includes(algorithm) !== false) return
    const member = "token_endpoint_auth_signing_alg_values_supported"
    const difference = { member, expected: [algorithm], received: algorithms } as const
    yield* Result.fail(new ClientAuthenticationUnsupported({ issuer, ...difference }))
  })

/**
 * How a client that was configured authenticates: by the configured method, else by its key, else by its secret, else not at
 * all. Nothing is sent by a method that the server does not list (RFC 8414 section 2), and nothing twice.
 */
export const configuredClient = (
  server: Authentication,
  { clientId, clientKey, clientSecret, tokenEndpointAuthMethod }: PreRegistration
): Result.Result<ClientCredentials, ClientAuthenticationUnsupported> => {
  const client = { clientId, clientSecret, clientKey }
  // What the operator wrote down was agreed with the server, whatever its metadata says.
  if (tokenEndpointAuthMethod !== undefined) return Result.succeed({ ...client, method: tokenEndpointAuthMethod })
  if (clientKey !== undefined) {
    return Result.map(checkAssertionsOf(server, clientKey), () => ({ ...client, method: "private_key_jwt" }))
  }
  return Result.map(methodForSecret(server, clientSecret), (method) => ({ ...client, method }))
}

/** The method for a client with this secret, or without one. */
export const methodForSecret = (
  { authenticationMethods: listed, issuer }: Authentication,
  clientSecret: string | undefined
): Result.Result<RegisteredMethod, ClientAuthenticationUnsupported> =>
  clientSecret === undefined
    ? first(issuer, ["none"], listed ?? ["none"])
    : first(issuer, ["client_secret_basic", "client_secret_post"], supportedMethods(listed))

/** How a client that was registered authenticates: as the server said. */
export const registeredClient = (
  clientId: string,
  { clientSecret, tokenEndpointAuthMethod }: RegisteredAuthentication
): ClientCredentials => ({
  clientId,
  clientSecret,
  method: tokenEndpointAuthMethod,
  registered: { clientSecret, tokenEndpointAuthMethod }
})

/** How the client of our metadata document authenticates: as the document says. */
export const documentClient = (clientId: string, clientKey: ClientKey | undefined): ClientCredentials => ({
  clientId,
  clientKey,
  method: clientKey === undefined ? "none" : "private_key_jwt"
})

const first = <Method extends ClientAuthenticationMethod>(
  issuer: string,
  expected: ReadonlyArray<Method>,
  received: ReadonlyArray<string>
): Result.Result<Method, ClientAuthenticationUnsupported> => {
  const method = expected.find((candidate) => received.includes(candidate))
  const member = "token_endpoint_auth_methods_supported"
  return method === undefined
    ? Result.fail(new ClientAuthenticationUnsupported({ issuer, member, expected, received }))
    : Result.succeed(method)
}
