import { type JsonObject, member } from "@postern/metadata"
import { authorizationServerMetadataUrls, isLoopbackHost, parseSecureUrl } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type FetchDocument, fetchDocument, type Unavailable } from "./fetch-document.ts"

/** Where the keys of an issuer lie, and which document says so. */
export interface KeyLocation {
  readonly url: string
  /** The URL of the issuer's metadata document; `undefined` where the operator typed the URL of the keys. */
  readonly namedBy: string | undefined
}

// A resource server needs these two members of the document and judges no other.
const readLocation = (
  document: JsonObject,
  issuer: string,
  namedBy: string
): Result.Result<KeyLocation, Unavailable> => {
  const url = member(document, "jwks_uri")
  // RFC 8414 section 3.3: "If these values are not identical, the data contained in the response MUST NOT be used."
  if (member(document, "issuer") !== issuer || typeof url !== "string") return Result.fail({ reason: "malformed" })
  // Section 2: the URL "MUST use the https scheme"; judged before anything is fetched from it.
  const parsed = parseSecureUrl(url)
  if (Result.isFailure(parsed)) return Result.fail({ reason: "malformed" })
  // Whatever fetches: who is not on this machine has nothing to name on it.
  const isOurs = isLoopbackHost(URL.parse(namedBy)?.hostname ?? "")
  return isLoopbackHost(parsed.success.hostname) && !isOurs
    ? Result.fail({ reason: "malformed" })
    : Result.succeed({ url, namedBy })
}

/**
 * Finds the key set of an issuer by its metadata (RFC 8414 section 3, OpenID Connect Discovery 1.0 section 4): the first of the
 * well-known URLs that has a document decides.
 */
export const locateKeys = (issuer: string, fetch: FetchDocument): Effect.Effect<KeyLocation, Unavailable> =>
  Effect.gen(function* () {
    for (const url of authorizationServerMetadataUrls(issuer)) {
      const fetched = yield* Effect.result(fetchDocument({ url }, fetch))
      if (Result.isSuccess(fetched)) return yield* Effect.fromResult(readLocation(fetched.success.json, issuer, url))
      // Only where nothing is does the next one count: a server that is down must not be asked for another document instead.
      const { status = 0 } = fetched.failure
      if (status < 400 || status >= 500) return yield* Effect.fail(fetched.failure)
    }
    return yield* Effect.fail<Unavailable>({ reason: "status" })
  })
