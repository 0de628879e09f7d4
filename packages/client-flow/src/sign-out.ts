import * as Effect from "effect/Effect"
import type { CommonSettings } from "./common-settings.ts"
import type { FlowError } from "./flow-error.ts"
import { findRevoker, type Revocable, revoke, type Revoker } from "./revoke.ts"
import { findAll } from "./shared-resources.ts"
import type { CredentialsKey, CredentialStoreFailed, StoredCredentials } from "./store.ts"

/** What became of one token: revoked at its server, or why not. This client has forgotten it in either case. */
export type SignedOutToken =
  | { readonly kind: "access" | "refresh"; readonly revoked: true }
  | { readonly kind: "access" | "refresh"; readonly revoked: false; readonly reason: FlowError }

/** Credentials that were forgotten, and what became of their tokens. */
export interface SignedOut extends CredentialsKey {
  readonly tokens: ReadonlyArray<SignedOutToken>
}

/**
 * Revokes all that is held for a resource in this account (RFC 7009), and forgets it whatever the servers answer. A refresh that
 * is under way, in any process, ends before: what it wrote is revoked.
 */
export const signOut = Effect.fnUntraced(function* (
  settings: CommonSettings,
  resource: string
): Effect.fn.Return<ReadonlyArray<SignedOut>, CredentialStoreFailed> {
  const outcomes: Array<SignedOut> = []
  for (const credentials of yield* findAll(settings, resource)) {
    const outcome = yield* settings.exclusively(credentials, revokeAndForget(settings, credentials))
    if (outcome) outcomes.push(outcome)
  }
  return outcomes
})

const sameLogin = (left: CredentialsKey, right: CredentialsKey): boolean =>
  left.issuer === right.issuer && left.clientId === right.clientId

const revokeAndForget = Effect.fnUntraced(function* (
  settings: CommonSettings,
  key: StoredCredentials
): Effect.fn.Return<SignedOut | undefined, CredentialStoreFailed> {
  const { account, clientId, issuer, resource } = key
  const held = yield* settings.store.findCredentials(resource, account)
  const credentials = held.find((found) => sameLogin(found, key))
  if (credentials === undefined) return undefined
  // Forgotten by whoever stops waiting, too: a person who signs out is signed out here.
  const tokens = yield* Effect.onExit(revokeAll(settings, credentials), () => settings.store.forgetCredentials(key))
  for (const { kind } of tokens) yield* settings.emit({ _tag: "TokenForgotten", issuer, resource, kind })
  return { issuer, resource, account, clientId, tokens }
})

const revokeAll = Effect.fnUntraced(function* (settings: CommonSettings, credentials: StoredCredentials) {
  const { accessToken, refreshToken } = credentials
  // First what the other is made from.
  const tokens: ReadonlyArray<Revocable> = [
    ...(refreshToken === undefined ? [] : [{ kind: "refresh" as const, token: refreshToken }]),
    ...(accessToken === undefined ? [] : [{ kind: "access" as const, token: accessToken }])
  ]
  const revoker = yield* Effect.result(findRevoker(settings, credentials))
  return yield* Effect.forEach(tokens, (token) =>
    Effect.matchEager(
      Effect.flatMap(Effect.fromResult(revoker), (found: Revoker) => revoke(settings, found, token)),
      {
        onFailure: (reason): SignedOutToken => ({ kind: token.kind, revoked: false, reason }),
        onSuccess: (): SignedOutToken => ({ kind: token.kind, revoked: true })
      }
    )
  )
})
