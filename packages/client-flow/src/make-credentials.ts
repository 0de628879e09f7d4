import type { ProofKey } from "@postern/dpop"
import type { TokenResponse } from "@postern/messages"
import { isSubset } from "@postern/scope"
import type { CredentialsKey, RegisteredAuthentication, StoredCredentials } from "./store.ts"

/**
 * What is kept of a token response. Without a scope in it, everything was granted that was asked for (RFC 6749 section 5.1);
 * without a refresh token in the answer to a refresh, the old one goes on (OAuth 2.1 section 4.3.2).
 */
export const makeCredentials = (facts: {
  readonly key: CredentialsKey
  /** How the client authenticates, where that is kept. */
  readonly clientAuthentication: RegisteredAuthentication | undefined
  /** What the tokens were asked for, where that is more than one resource. */
  readonly resources: ReadonlyArray<string> | undefined
  readonly response: TokenResponse
  readonly requestedScope: ReadonlyArray<string>
  /** What an absent scope stands for. */
  readonly impliedScope: ReadonlyArray<string>
  readonly earlierRefreshToken: string | undefined
  /** What the request proved to hold. */
  readonly proofKey: ProofKey | undefined
  /** Seconds since 1970. */
  readonly now: number
}): StoredCredentials => {
  const { clientAuthentication, earlierRefreshToken, impliedScope, key, now, proofKey } = facts
  const { requestedScope, resources, response } = facts
  return {
    ...key,
    ...(resources === undefined ? {} : { resources }),
    accessToken: response.accessToken,
    expiresAt: response.expiresIn === undefined ? undefined : now + response.expiresIn,
    refreshToken: response.refreshToken ?? earlierRefreshToken,
    ...(proofKey === undefined ? {} : { proofKey }),
    ...(clientAuthentication === undefined ? {} : { clientAuthentication }),
    requestedScope,
    grantedScope: response.scope ? [...response.scope] : impliedScope
  }
}

/** The scopes that were granted beyond those that were asked for. */
export const widened = (credentials: StoredCredentials): ReadonlyArray<string> => {
  const requested = new Set(credentials.requestedScope)
  const granted = new Set(credentials.grantedScope)
  // An empty request leaves the choice to the server (RFC 6749 section 3.3).
  if (requested.size === 0 || isSubset(granted, requested)) return []
  return [...granted].filter((token) => !requested.has(token))
}

// Earlier than the end, so that a token does not end between our clock and theirs.
const MARGIN_SECONDS = 30

/** Whether there is an access token that has not ended. */
export const isAlive = (credentials: StoredCredentials, now: number): boolean =>
  credentials.accessToken !== undefined && (credentials.expiresAt === undefined || credentials.expiresAt > now)

/** Whether there is one that does not end within 30 seconds; one of which no end is known is used until it is refused. */
export const isLasting = (credentials: StoredCredentials, now: number): boolean =>
  isAlive(credentials, now + MARGIN_SECONDS)
