import { protectedResourceMetadataUrls, parseSecureUrl } from "@postern/uri"
import * as Result from "effect/Result"
import { MetadataUrlForbidden } from "./rejections.ts"

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
  const url = parseSecureUrl(challenged)
  if (Result.isFailure(url)) {
    const reason = url.failure._tag === "TransportInsecure" ? "transport-insecure" : "url-malformed"
    return Result.fail(new MetadataUrlForbidden({ resource, reason }))
  }
  const otherOrigin = url.success.origin !== new URL(resource).origin
  if (otherOrigin && !facts.allowOtherOrigin) {
    return Result.fail(new MetadataUrlForbidden({ resource, reason: "other-origin" }))
  }
  return Result.succeed({ urls: [challenged], otherOrigin })
}
