import { type Body, type Statement, statement } from "./statement.ts"

// A used code or refresh token stays as long as its grant could still be used, so that a replay is still seen.
const statements = (now: number, limit: number): ReadonlyArray<Statement> => [
  statement(
    "DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires_at <= ? LIMIT ?) RETURNING 1",
    now,
    limit
  ),
  statement(
    `DELETE FROM interactions WHERE sequence IN
     (SELECT sequence FROM interactions WHERE expires_at <= ? LIMIT ?) RETURNING 1`,
    now,
    limit
  ),
  statement(
    "DELETE FROM spent_ids WHERE id_hash IN (SELECT id_hash FROM spent_ids WHERE expires_at <= ? LIMIT ?) RETURNING 1",
    now,
    limit
  ),
  statement(
    `DELETE FROM codes WHERE code_hash IN
     (SELECT code_hash FROM codes WHERE used_at IS NULL AND expires_at <= ?
      UNION ALL
      SELECT code_hash FROM grants JOIN codes ON codes.grant_id = grants.grant_id WHERE grants.expires_at <= ?
      LIMIT ?) RETURNING 1`,
    now,
    now,
    limit
  ),
  statement(
    `DELETE FROM refresh_tokens WHERE token_hash IN
     (SELECT token_hash FROM refresh_tokens WHERE used_at IS NULL AND expires_at <= ?
      UNION ALL
      SELECT token_hash FROM grants JOIN refresh_tokens ON refresh_tokens.grant_id = grants.grant_id
      WHERE grants.expires_at <= ?
      LIMIT ?) RETURNING 1`,
    now,
    now,
    limit
  ),
  statement(
    `DELETE FROM grants WHERE grant_id IN
     (SELECT grant_id FROM grants WHERE expires_at <= ?
      AND NOT EXISTS (SELECT 1 FROM codes WHERE codes.grant_id = grants.grant_id)
      AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.grant_id = grants.grant_id)
      LIMIT ?) RETURNING 1`,
    now,
    limit
  )
]

/** Removes what can no longer change any answer; a grant leaves after everything that hung on it. */
export function* purge(now: number, limit: number): Body<number> {
  let removed = 0
  for (const one of statements(now, limit)) removed += (yield one).length
  return removed
}
