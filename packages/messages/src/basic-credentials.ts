import * as Result from "effect/Result"
import { decodeFormText, encodeFormText } from "./form-text.ts"
import { BasicCredentialsMalformed } from "./rejections.ts"

/** What a client authenticates with; the secret is never put into a log, a message or a rejection. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
}

/**
 * Reads the base64 text of `Authorization: Basic` (OAuth 2.1 section 2.4.1): split at the first colon, then identifier
 * and secret form-decoded. A client that did not encode a character that has to be is refused, not guessed at. An empty
 * secret is read as such.
 */
export const parseBasicCredentials = (base64: string): Result.Result<ClientCredentials, BasicCredentialsMalformed> => {
  const fail = (reason: BasicCredentialsMalformed["reason"]) => Result.fail(new BasicCredentialsMalformed({ reason }))
  // RFC 4648 section 4, padded, which atob alone does not insist on.
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return fail("base64")
  const text = atob(base64)
  const colon = text.indexOf(":")
  if (colon < 1) return fail("colon")
  const clientId = decodeFormText(text.slice(0, colon))
  const clientSecret = decodeFormText(text.slice(colon + 1))
  if (clientId === undefined || clientSecret === undefined) return fail("encoding")
  // RFC 7617 section 2: "The user-id and password MUST NOT contain any control characters".
  return /\p{Cc}/u.test(clientId + clientSecret) ? fail("encoding") : Result.succeed({ clientId, clientSecret })
}

/** The base64 text to send after `Basic` (OAuth 2.1 section 2.4.1): both parts form-encoded, then joined by a colon. */
export const formatBasicCredentials = ({ clientId, clientSecret }: ClientCredentials): string =>
  btoa(`${encodeFormText(clientId)}:${encodeFormText(clientSecret)}`)
