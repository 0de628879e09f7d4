import { text } from "./fields.ts"
import { type Body, lockingRead, type Statement, statement } from "./statement.ts"

// Each finds its rows by an index, at most as many as told, and asks again whether they are what it looks for: where
// rows are locked one by one, somebody else may have changed them meanwhile.

const expired = (now: number, limit: number): ReadonlyArray<Statement> => [
  statement(
    `DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires_at <= ? LIMIT ?)
     AND expires_at <= ? RETURNING 1`,
    now,
    limit,
    now
  ),
  statement(
    `DELETE FROM interactions WHERE sequence IN
     (SELECT sequence FROM interactions WHERE expires_at <= ? LIMIT ?) RETURNING 1`,
    now,
    limit
  ),
  statement(
    `DELETE FROM consents WHERE (client_id, subject, resource) IN
     (SELECT client_id, subject, resource FROM consents WHERE expires_at <= ? LIMIT ?)
     AND expires_at <= ? RETURNING 1`,
    now,
    limit,
    now
  ),
  statement(
    `DELETE FROM spent_ids WHERE id_hash IN (SELECT id_hash FROM spent_ids WHERE expires_at <= ? LIMIT ?)
     AND expires_at <= ? RETURNING 1`,
    now,
    limit,
    now
  ),
  statement(
    `DELETE FROM clients WHERE sequence IN
     (SELECT sequence FROM clients WHERE used_at IS NULL AND unused_until <= ? LIMIT ?)
     AND used_at IS NULL AND unused_until <= ? RETURNING 1`,
    now,
    limit,
    now
  ),
  // The answers to tokens that were rotated, when nobody gets them any more.
  statement(
    `DELETE FROM answers WHERE sequence IN (SELECT sequence FROM answers WHERE until <= ? LIMIT ?) RETURNING 1`,
    now,
    limit
  )
]

/** Of the refresh tokens to look at, the expired ones leave, and those that were rotated are put off until they expire. */
const expiredTokens = (now: number, limit: number): ReadonlyArray<Statement> => {
  const due = "(SELECT chain_hash FROM refresh_tokens WHERE look_at <= ? ORDER BY look_at LIMIT ?)"
  return [
    statement(`DELETE FROM refresh_tokens WHERE chain_hash IN ${due} AND expires_at <= ? RETURNING 1`, now, limit, now),
    statement(
      `UPDATE refresh_tokens SET look_at = expires_at WHERE chain_hash IN ${due} AND expires_at > ? RETURNING 1`,
      now,
      limit,
      now
    )
  ]
}

// A grant's code and refresh token leave with it. Its end never moves.
const expiredGrants = (now: number, limit: number): Statement =>
  statement(
    `DELETE FROM grants WHERE grant_id IN (SELECT grant_id FROM grants WHERE expires_at <= ? LIMIT ?) RETURNING 1`,
    now,
    limit
  )

/**
 * A used code stays as long as its grant could still be used, so that a replay is still seen; one that expired unused has
 * nothing that it could end, and takes its grant along. Both rows are held before they leave, or a redemption by a slower clock
 * would lose what it has just bought.
 */
function* removeUnusedCodes(now: number, limit: number): Body<number> {
  const held = yield lockingRead(
    `SELECT grants.grant_id AS grant_id FROM grants JOIN codes ON codes.grant_id = grants.grant_id
     WHERE codes.used_at IS NULL AND codes.expires_at <= ? LIMIT ?`,
    now,
    limit
  )
  for (const row of held) yield statement("DELETE FROM grants WHERE grant_id = ?", text(row, "grant_id"))
  return held.length
}

/** What purges wait for one another in. */
export const purgeTurn = "purge"

/**
 * Removes what can no longer change any answer; how many rows went or were put off. The grants come first, as everywhere: whoever
 * holds one may wait for what hangs on it.
 */
export function* purge(now: number, limit: number): Body<number> {
  const over = (yield expiredGrants(now, limit)).length
  const grants = over + (yield* removeUnusedCodes(now, limit - over))
  let done = grants
  // As many refresh tokens as grants have left with them.
  for (const one of [...expiredTokens(now, limit - grants), ...expired(now, limit)]) done += (yield one).length
  return done
}
