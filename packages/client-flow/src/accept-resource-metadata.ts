import { checkResource, type ProtectedResourceMetadata, type ResourceMismatch } from "@postern/metadata"
import { protectedResourceMetadataUrl } from "@postern/uri"
import * as Result from "effect/Result"

/** Which resource a document speaks for. */
export interface AcceptedResource {
  /** The `resource` to send, byte for byte as the document has it. */
  readonly audience: string
  readonly metadata: ProtectedResourceMetadata
}

/**
 * Whether a document may be used for a resource (RFC 9728 section 3.3): its `resource` is the resource, or, in the document
 * of the root, the origin itself. In the second case the origin is what the token is asked for.
 */
export const acceptResourceMetadata = (facts: {
  readonly resource: string
  readonly url: string
  readonly document: ProtectedResourceMetadata
}): Result.Result<AcceptedResource, ResourceMismatch> => {
  const { document, resource, url } = facts
  const origin = new URL(resource).origin
  const isRoot = url === protectedResourceMetadataUrl(origin)
  if (isRoot && (document.resource === origin || document.resource === `${origin}/`)) {
    return Result.succeed({ audience: document.resource, metadata: document })
  }
  return Result.map(checkResource(document, resource), (metadata) => ({ audience: resource, metadata }))
}
