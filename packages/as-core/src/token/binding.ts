import { sha256Text } from "@postern/bytes"
import type { RefreshTokenRequest } from "@postern/messages"
import type * as Effect from "effect/Effect"

/**
 * What a refresh that comes again must have in common with the first one to be given the same answer. As JSON, so that no two
 * requests are one text; the order of resources and scopes says nothing (RFC 6749 section 3.3, RFC 8707 section 2).
 */
export const bindingOf = (facts: {
  readonly clientId: string
  /** Thumbprint of the proof's key. */
  readonly jkt: string | undefined
  readonly request: Pick<RefreshTokenRequest, "resources" | "scope">
}): Effect.Effect<string> => {
  const { clientId, jkt = null, request } = facts
  const resources = [...new Set<string>(request.resources)].toSorted()
  const scope = request.scope === undefined ? null : [...request.scope].toSorted()
  return sha256Text(JSON.stringify([clientId, jkt, resources, scope]))
}
