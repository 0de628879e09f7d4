import type { Found, RefreshToken, UseOutcome } from "@postern/as-core"
import { integer, optionalInteger, text } from "./fields.ts"
import { endGrant, grantColumns, lockGrant, readEnded, readGrant } from "./grants.ts"
import { type Body, statement } from "./statement.ts"
import { decideUse } from "./use.ts"

/** Adds a refresh token to the grant whose row this transaction holds, and to no other. */
export function* addRefreshToken(token: RefreshToken, grantId: string): Body<void> {
  if (token.grantId !== grantId) throw new Error("a refresh token belongs to the grant of what bought it")
  yield statement(
    "INSERT INTO refresh_tokens (token_hash, grant_id, client_id, expires_at) VALUES (?, ?, ?, ?)",
    token.tokenHash,
    token.grantId,
    token.clientId,
    token.expiresAt
  )
}

export function* findRefreshToken(tokenHash: string): Body<Found<RefreshToken> | undefined> {
  const [row] = yield statement(
    `SELECT refresh_tokens.token_hash, refresh_tokens.client_id, refresh_tokens.expires_at, refresh_tokens.used_at,
       ${grantColumns}
     FROM refresh_tokens JOIN grants ON grants.grant_id = refresh_tokens.grant_id WHERE refresh_tokens.token_hash = ?`,
    tokenHash
  )
  return (
    row && {
      value: {
        tokenHash: text(row, "token_hash"),
        grantId: text(row, "grant_id"),
        clientId: text(row, "client_id"),
        expiresAt: integer(row, "expires_at")
      },
      grant: readGrant(row),
      used: optionalInteger(row, "used_at") !== undefined,
      ended: readEnded(row)
    }
  )
}

export function* rotate(change: {
  readonly tokenHash: string
  readonly next: RefreshToken
  readonly now: number
}): Body<UseOutcome> {
  const [named] = yield statement("SELECT grant_id FROM refresh_tokens WHERE token_hash = ?", change.tokenHash)
  if (named === undefined) return "Stale"
  const grantId = text(named, "grant_id")
  const grant = yield* lockGrant(grantId)
  const [row] = yield statement("SELECT used_at, expires_at FROM refresh_tokens WHERE token_hash = ?", change.tokenHash)
  if (row === undefined) return "Stale"
  const used = optionalInteger(row, "used_at") !== undefined
  const outcome = decideUse({ used, expiresAt: integer(row, "expires_at") }, grant, change.now)
  // RFC 9700 section 4.14.2: one of the two who hold this token stole it, so both lose the grant.
  if (outcome === "Replayed") yield* endGrant(grantId, change.now)
  if (outcome !== "Used") return outcome
  yield statement("UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ?", change.now, change.tokenHash)
  yield* addRefreshToken(change.next, grantId)
  return outcome
}
