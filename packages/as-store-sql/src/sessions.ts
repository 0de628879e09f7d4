import type { Session } from "@postern/as-core"
import { integer, optionalInteger, optionalText, text } from "./fields.ts"
import { type Body, lockingRead, type Row, statement } from "./statement.ts"

export function* addSession(session: Session): Body<void> {
  yield statement(
    "INSERT INTO sessions (id_hash, subject, authenticated_at, expires_at) VALUES (?, ?, ?, ?)",
    session.idHash,
    session.subject ?? null,
    session.authenticatedAt ?? null,
    session.expiresAt
  )
}

const alive = "SELECT id_hash, subject, authenticated_at, expires_at FROM sessions WHERE id_hash = ? AND expires_at > ?"

const readSession = (row: Row): Session => ({
  idHash: text(row, "id_hash"),
  subject: optionalText(row, "subject"),
  authenticatedAt: optionalInteger(row, "authenticated_at"),
  expiresAt: integer(row, "expires_at")
})

export function* findSession(idHash: string, now: number): Body<Session | undefined> {
  const [row] = yield statement(alive, idHash, now)
  return row && readSession(row)
}

/** A session that has not expired, and does not end before this transaction does. */
export function* lockSession(idHash: string, now: number): Body<Session | undefined> {
  const [row] = yield lockingRead(alive, idHash, now)
  return row && readSession(row)
}
