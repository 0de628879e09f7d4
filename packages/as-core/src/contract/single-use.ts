import * as Effect from "effect/Effect"
import type { Code, Found, Grant, RefreshToken, Store, StoreFailed, UseOutcome } from "../store.ts"
import { approveSample, redeemSample, sampleToken } from "./samples.ts"

/** A code or a refresh token, so that what both must do is checked with the same words. */
export interface SingleUse {
  readonly kind: string
  /** Puts one into the store, named `name`, on a grant of its own, which is returned. */
  readonly put: (
    store: Store,
    name: string,
    changes?: { readonly expiresAt?: number; readonly grantExpiresAt?: number }
  ) => Effect.Effect<Grant, StoreFailed>
  /** Uses it for a refresh token named `next`. */
  readonly use: (
    store: Store,
    name: string,
    next: { readonly tokenHash: string; readonly grantId: string; readonly now: number }
  ) => Effect.Effect<UseOutcome, StoreFailed>
  readonly find: (store: Store, name: string) => Effect.Effect<Found<Code | RefreshToken> | undefined, StoreFailed>
}

const grantOf = (grantExpiresAt: number | undefined): { readonly grant?: Partial<Grant> } =>
  grantExpiresAt === undefined ? {} : { grant: { expiresAt: grantExpiresAt } }

const expiring = (expiresAt: number | undefined): { readonly expiresAt?: number } =>
  expiresAt === undefined ? {} : { expiresAt }

export const code: SingleUse = {
  kind: "code",
  put: (store, name, { expiresAt, grantExpiresAt } = {}) =>
    approveSample(store, name, { ...grantOf(grantExpiresAt), code: expiring(expiresAt) }).pipe(
      Effect.map(({ grant }) => grant)
    ),
  use: (store, name, { tokenHash, grantId, now }) =>
    store.redeem({ codeHash: `code-${name}`, refreshToken: sampleToken(tokenHash, grantId), now }),
  find: (store, name) => store.findCode(`code-${name}`)
}

export const refreshToken: SingleUse = {
  kind: "refresh token",
  put: (store, name, { expiresAt, grantExpiresAt } = {}) =>
    redeemSample(store, name, { ...grantOf(grantExpiresAt), token: expiring(expiresAt) }).pipe(
      Effect.map(({ grant }) => grant)
    ),
  use: (store, name, { tokenHash, grantId, now }) =>
    store.rotate({ tokenHash: `token-${name}`, next: sampleToken(tokenHash, grantId), now }),
  find: (store, name) => store.findRefreshToken(`token-${name}`)
}
