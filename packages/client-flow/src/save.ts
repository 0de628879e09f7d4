import * as Effect from "effect/Effect"
import { widened } from "./make-credentials.ts"
import type { Settings } from "./settings.ts"
import type { CredentialStoreFailed, StoredCredentials } from "./store.ts"

/** Keeps credentials and says so. */
export const save = Effect.fnUntraced(function* (
  settings: Settings,
  credentials: StoredCredentials
): Effect.fn.Return<StoredCredentials, CredentialStoreFailed> {
  yield* settings.store.saveCredentials(credentials)
  const { clientId, expiresAt, grantedScope, issuer, refreshToken, requestedScope, resource } = credentials
  yield* settings.emit({
    _tag: "CredentialsSaved",
    issuer,
    resource,
    clientId,
    requestedScope,
    grantedScope,
    expiresAt,
    refreshable: refreshToken !== undefined
  })
  const added = widened(credentials)
  if (added.length > 0) yield* settings.emit({ _tag: "ScopeWidened", issuer, resource, added })
  return credentials
})
