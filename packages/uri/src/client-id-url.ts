import type * as Brand from "effect/Brand"
import * as Result from "effect/Result"
import { brand } from "./brand.ts"
import { readSecureUrl } from "./read-url.ts"
import { ClientIdMalformed, type TransportInsecure } from "./rejections.ts"

/** The URL of a Client ID Metadata Document, which is the client's identifier, byte for byte as it came. */
export type ClientIdUrl = string & Brand.Brand<"@postern/uri/ClientIdUrl">

// Clients have shorter ones, and whoever keeps them as a key has a bound of its own.
const MAXIMUM_LENGTH = 2048

/**
 * A client identifier that is a URL (draft-ietf-oauth-client-id-metadata-document-00 section 3): secure transport, a path
 * that is more than `/`, no dot segments, no fragment, no user information. A query and a port are allowed.
 * At most 2048 characters.
 */
export const parseClientIdUrl = (text: string): Result.Result<ClientIdUrl, ClientIdMalformed | TransportInsecure> => {
  if (text.length > MAXIMUM_LENGTH) return Result.fail(new ClientIdMalformed({ reason: "too-long" }))
  const url = readSecureUrl(text, (reason) => new ClientIdMalformed({ reason }))
  if (Result.isFailure(url)) return Result.fail(url.failure)
  return url.success.pathname === "/"
    ? Result.fail(new ClientIdMalformed({ reason: "path" }))
    : Result.succeed(brand<ClientIdUrl>(text))
}
