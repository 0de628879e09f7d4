import type { StoredCredentials } from "@postern/client-flow"

/** A login as it may be shown: whose it is and what it may do, and nothing of its tokens. */
export interface HeldLogin {
  readonly account: string
  readonly resource: string
  readonly issuer: string
  readonly clientId: string
  readonly scope: ReadonlyArray<string>
  /** When the access token ends, ISO 8601; `null` where the server did not say, or there is none. */
  readonly accessTokenEnds: string | null
  /** Whether it can go on without a person. */
  readonly renewable: boolean
  /** Whether the tokens are bound to a key (RFC 9449). */
  readonly bound: boolean
}

/** What is held, without its secrets. */
export const heldLogin = (credentials: StoredCredentials): HeldLogin => {
  const { accessToken, account, clientId, expiresAt, grantedScope, issuer, proofKey, refreshToken, resource } =
    credentials
  const ends = accessToken === undefined ? undefined : expiresAt
  return {
    account,
    resource,
    issuer,
    clientId,
    scope: grantedScope,
    accessTokenEnds: ends === undefined ? null : new Date(ends * 1000).toISOString(),
    renewable: refreshToken !== undefined,
    bound: proofKey !== undefined
  }
}

/** Whether it is of any use without a person; `now` in milliseconds since 1970. */
export const isAlive = ({ accessToken, expiresAt, refreshToken }: StoredCredentials, now: number): boolean =>
  refreshToken !== undefined || (accessToken !== undefined && (expiresAt === undefined || expiresAt * 1000 > now))

/** When it ends, for a person. */
export const endOf = ({ accessTokenEnds, renewable }: HeldLogin, now: number): string => {
  const when =
    accessTokenEnds === null
      ? "not known"
      : Date.parse(accessTokenEnds) > now
        ? accessTokenEnds
        : `${accessTokenEnds}, which is over`
  return renewable ? `${when}; renewed without a login` : when
}
