import * as Effect from "effect/Effect"
import { widened } from "./make-credentials.ts"
import type { CommonSettings } from "./common-settings.ts"
import type { CredentialStoreFailed, StoredCredentials } from "./store.ts"

/** Keeps credentials and says so. */
export const save = Effect.fnUntraced(function* (
  settings: Pick<CommonSettings, "emit" | "store">,
  credentials: StoredCredentials
): Effect.fn.Return<StoredCredentials, CredentialStoreFailed> {
  yield* settings.store.saveCredentials(credentials)
  const { clientId, expiresAt, grantedScope, issuer, proofKey, refreshToken, requestedScope, resource } = credentials
  yield* settings.emit({
    _tag: "CredentialsSaved",
    issuer,
    resource,
    clientId,
    requestedScope,
    grantedScope,
    expiresAt,
    refreshable: refreshToken !== undefined,
    bound: proofKey !== undefined
  })
  const added = widened(credentials)
  if (added.length > 0) yield* settings.emit({ _tag: "ScopeWidened", issuer, resource, added })
  return credentials
})
