import type { Session } from "@postern/as-core"
import { integer, optionalInteger, optionalText, text } from "./fields.ts"
import { type Body, statement } from "./statement.ts"

export function* addSession(session: Session): Body<void> {
  yield statement(
    "INSERT INTO sessions (id_hash, subject, authenticated_at, expires_at) VALUES (?, ?, ?, ?)",
    session.idHash,
    session.subject ?? null,
    session.authenticatedAt ?? null,
    session.expiresAt
  )
}

export function* findSession(idHash: string, now: number): Body<Session | undefined> {
  const [row] = yield statement(
    "SELECT id_hash, subject, authenticated_at, expires_at FROM sessions WHERE id_hash = ? AND expires_at > ?",
    idHash,
    now
  )
  return (
    row && {
      idHash: text(row, "id_hash"),
      subject: optionalText(row, "subject"),
      authenticatedAt: optionalInteger(row, "authenticated_at"),
      expiresAt: integer(row, "expires_at")
    }
  )
}
