import { CLOCK_TOLERANCE_SECONDS } from "../limits.ts"
import type { OwnToken } from "../token-reader.ts"

/** What a resource server is told of a token (RFC 7662 section 2.2). */
export interface Introspection {
  readonly active: boolean
  readonly [member: string]: unknown
}

const INACTIVE: Introspection = { active: false }

/** Whether a token is active for whoever asks: one that is not theirs is not (RFC 7662 section 4), and nothing is said about why. */
export const decideIntrospection = (facts: {
  /** An access token that we signed; absent for everything else. */
  readonly token: OwnToken | undefined
  readonly revoked: boolean
  /** The resources that whoever asks stands for. */
  readonly resources: ReadonlyArray<string>
  readonly issuer: string
  readonly now: number
}): Introspection => {
  const { token, revoked, resources, issuer, now } = facts
  if (token === undefined || revoked || token.expiresAt <= now) return INACTIVE
  // Our clock was set back, and what we knew of its revocation may have left by the clock of then.
  if (token.issuedAt > now + CLOCK_TOLERANCE_SECONDS) return INACTIVE
  if (!token.resources.some((resource) => resources.includes(resource))) return INACTIVE
  const [only, ...others] = token.resources
  return {
    active: true,
    scope: token.scope,
    client_id: token.clientId,
    token_type: token.jkt === undefined ? "Bearer" : "DPoP",
    exp: token.expiresAt,
    iat: token.issuedAt,
    sub: token.subject,
    aud: others.length === 0 ? only : token.resources,
    iss: issuer,
    jti: token.tokenId,
    cnf: token.jkt === undefined ? undefined : { jkt: token.jkt }
  }
}
