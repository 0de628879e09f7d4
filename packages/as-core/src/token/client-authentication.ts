import { constantTimeEqual, decodeBase64Url } from "@postern/bytes"
import { parseCredentials } from "@postern/challenge-parser"
import { type Parameters, parseBasicCredentials } from "@postern/messages"
import * as Result from "effect/Result"
import { type Assertion, parseAssertion } from "../assertion/parse.ts"
import type { Incoming } from "../http/incoming.ts"
import { ClientAuthenticationFailed, ClientAuthenticationRepeated } from "../rejections.ts"
import type { Client, TokenEndpointAuthMethod } from "../store.ts"

/** Who a token request says it is from, and by which method it proves that. */
export type PresentedClient =
  | {
      readonly clientId: string
      readonly method: Exclude<TokenEndpointAuthMethod, "private_key_jwt">
      readonly secret: string | undefined
    }
  | { readonly clientId: string; readonly method: "private_key_jwt"; readonly assertion: Assertion }

/** RFC 7523 section 2.2 */
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/**
 * Reads the one authentication method of a request (OAuth 2.1 sections 2.4 and 3.2.1). A browser says by `Origin` that a web
 * page sends: a shared secret in a page is everybody's.
 */
export const readClient = (
  header: Incoming["header"],
  parameters: Parameters
): Result.Result<PresentedClient, ClientAuthenticationFailed | ClientAuthenticationRepeated> => {
  const authorization = header("authorization")
  const clientId = parameters.get("client_id")
  const secret = parameters.get("client_secret")
  const assertion = parameters.get("client_assertion")
  const assertionType = parameters.get("client_assertion_type")
  const methods = [authorization ?? undefined, secret, assertion ?? assertionType].filter(
    (method) => method !== undefined
  )
  if (methods.length > 1) return Result.fail(new ClientAuthenticationRepeated())
  const fail = (reason: ClientAuthenticationFailed["reason"]) => Result.fail(new ClientAuthenticationFailed({ reason }))
  if (assertion !== undefined || assertionType !== undefined) {
    return assertion !== undefined && assertionType === ASSERTION_TYPE
      ? readAssertion(assertion, clientId)
      : fail("malformed")
  }
  if (header("origin") !== null && (authorization !== null || secret !== undefined)) return fail("origin")
  if (authorization !== null) return readBasic(authorization, clientId)
  if (clientId === undefined) return fail("malformed")
  return Result.succeed({ clientId, method: secret === undefined ? "none" : "client_secret_post", secret })
}

/** `client_id` is not needed beside an assertion, and must be the same (RFC 7521 section 4.2). */
const readAssertion = (
  text: string,
  clientId: string | undefined
): Result.Result<PresentedClient, ClientAuthenticationFailed> =>
  Result.flatMap(parseAssertion(text), (assertion) =>
    clientId === undefined || clientId === assertion.clientId
      ? Result.succeed({ clientId: assertion.clientId, method: "private_key_jwt", assertion })
      : Result.fail(new ClientAuthenticationFailed({ reason: "assertion-subject" }))
  )

const readBasic = (
  authorization: string,
  clientId: string | undefined
): Result.Result<PresentedClient, ClientAuthenticationFailed> => {
  const malformed = () => Result.fail(new ClientAuthenticationFailed({ reason: "malformed" }))
  const credentials = parseCredentials(authorization)
  if (Result.isFailure(credentials) || credentials.success?.scheme !== "basic") return malformed()
  const { token68 } = credentials.success
  const basic = token68 === undefined ? undefined : parseBasicCredentials(token68)
  if (basic === undefined || Result.isFailure(basic)) return malformed()
  const { clientId: named, clientSecret: secret } = basic.success
  // A client_id beside the credentials must be the same (RFC 6749 section 3.2.1).
  return clientId === undefined || clientId === named
    ? Result.succeed({ clientId: named, method: "client_secret_basic", secret })
    : malformed()
}

/**
 * Checks the presented method and secret against what the client is registered with (RFC 7591 section 2). An assertion is
 * checked after this, by its own rules.
 */
export const checkClient = (facts: {
  /** `undefined` when nobody is known by this identifier. */
  readonly client: Client | undefined
  readonly presented: Pick<PresentedClient, "method">
  /** SHA-256 of the presented secret. */
  readonly secretHash: Uint8Array | undefined
}): Result.Result<Client, ClientAuthenticationFailed> => {
  const { client, presented, secretHash } = facts
  const fail = (reason: ClientAuthenticationFailed["reason"]) => Result.fail(new ClientAuthenticationFailed({ reason }))
  if (client === undefined) return fail("client-unknown")
  if (client.tokenEndpointAuthMethod !== presented.method) return fail("method")
  if (presented.method === "none" || presented.method === "private_key_jwt") return Result.succeed(client)
  const expected = client.secretHash === undefined ? undefined : decodeBase64Url(client.secretHash)
  return expected !== undefined && secretHash !== undefined && constantTimeEqual(expected, secretHash)
    ? Result.succeed(client)
    : fail("secret")
}
