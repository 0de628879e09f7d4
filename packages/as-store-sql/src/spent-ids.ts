import type { RememberOutcome, SpentId } from "@postern/as-core"
import { type Body, statement } from "./statement.ts"

/** One statement: whoever finds the row alive changes nothing and gets no row back. */
export function* remember(id: SpentId, now: number): Body<RememberOutcome> {
  const written = yield statement(
    `INSERT INTO spent_ids (id_hash, expires_at) VALUES (?, ?)
     ON CONFLICT (id_hash) DO UPDATE SET expires_at = excluded.expires_at WHERE spent_ids.expires_at <= ?
     RETURNING id_hash`,
    id.idHash,
    id.expiresAt,
    now
  )
  return written.length === 1 ? "Remembered" : "Replayed"
}

export function* isRemembered(idHash: string, now: number): Body<boolean> {
  const rows = yield statement("SELECT id_hash FROM spent_ids WHERE id_hash = ? AND expires_at > ?", idHash, now)
  return rows.length === 1
}
