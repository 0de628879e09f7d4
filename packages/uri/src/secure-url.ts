import type * as Result from "effect/Result"
import { readSecureUrl } from "./read-url.ts"
import { type TransportInsecure, UrlMalformed } from "./rejections.ts"

/**
 * Any URL of the protocol that is dialled or opened (an endpoint, a key set, a metadata document): absolute, https or
 * http on loopback, without user information and fragment, and spelt so that no parser has to repair it (OAuth 2.1
 * section 1.5, RFC 3986 section 4.3).
 */
export const parseSecureUrl = (text: string): Result.Result<URL, UrlMalformed | TransportInsecure> =>
  readSecureUrl(text, (reason) => new UrlMalformed({ reason }))
