import type { Effect } from "effect/Effect"
import type { StoreFailed } from "../store.ts"

/** The algorithms that access tokens are signed with. */
export type SigningAlgorithm = "ES256" | "EdDSA" | "RS256"

export const signingAlgorithms: ReadonlyArray<SigningAlgorithm> = ["ES256", "EdDSA", "RS256"]

/** A key that is ready to sign. */
export interface ReadyKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly privateKey: CryptoKey
}

/** A published key (RFC 7517 section 4): public members alone. */
export type PublishedKey = Readonly<Record<string, string>>

/** Where the keys are that tokens are signed and verified with. */
export interface KeySet {
  /** The key that signs now. */
  readonly signing: Effect<ReadyKey, StoreFailed>
  /** All that is published now, so that tokens signed before a rotation verify as well. */
  readonly published: Effect<ReadonlyArray<PublishedKey>, StoreFailed>
}

/** A key as it is published. */
export const publish = (key: {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly publicJwk: Readonly<Record<string, string>>
}): PublishedKey => ({ ...key.publicJwk, kid: key.kid, alg: key.alg, use: "sig" })
