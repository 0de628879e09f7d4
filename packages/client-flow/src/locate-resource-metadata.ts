import { protectedResourceMetadataUrls, parseSecureUrl } from "@postern/uri"
import * as Result from "effect/Result"
import { redactUrl, showable } from "./events.ts"
import { MetadataUrlForbidden } from "./rejections/index.ts"

/** Where to look for the metadata of a resource, in order. */
export interface ResourceMetadataLocations {
  readonly urls: ReadonlyArray<string>
  /** The one URL came from a challenge and is at another origin, under a named exception. */
  readonly otherOrigin: boolean
}

/**
 * Decides where the metadata of a resource is looked for: at the URL of the challenge when there is one, else at the
 * well-known places (MCP Authorization, Protected Resource Metadata Discovery Requirements). The challenge may not point to
 * another origin unless an exception is named: whoever can change the challenge could otherwise choose the authorization server.
 */
export const locateResourceMetadata = (facts: {
  readonly resource: string
  readonly challenged: string | undefined
  readonly allowOtherOrigin: boolean
}): Result.Result<ResourceMetadataLocations, MetadataUrlForbidden> => {
  const { resource, challenged } = facts
  if (challenged === undefined) {
    return Result.succeed({ urls: protectedResourceMetadataUrls(resource), otherOrigin: false })
  }
  const expected = new URL(resource).origin
  const forbidden = (reason: MetadataUrlForbidden["reason"]) =>
    Result.fail(new MetadataUrlForbidden({ resource, reason, expected, received: showable(redactUrl(challenged)) }))
  const url = parseSecureUrl(challenged)
  if (Result.isFailure(url)) {
    return forbidden(url.failure._tag === "TransportInsecure" ? "transport-insecure" : "url-malformed")
  }
  const otherOrigin = url.success.origin !== expected
  if (otherOrigin && !facts.allowOtherOrigin) return forbidden("other-origin")
  return Result.succeed({ urls: [challenged], otherOrigin })
}
