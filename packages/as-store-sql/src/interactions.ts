import type { DenyOutcome, Interaction, PendingRequest, Session, SignInOutcome } from "@postern/as-core"
import { type Fields, integer, json, object, optionalBoolean, optionalText, text, texts } from "./fields.ts"
import { readClient } from "./read-client.ts"
import { addSession, lockSession } from "./sessions.ts"
import { type Body, lockingRead, type Row, statement } from "./statement.ts"

const readRequest = (fields: Fields): PendingRequest => ({
  client: readClient(object(fields, "client")),
  redirectUri: text(fields, "redirectUri"),
  state: optionalText(fields, "state"),
  codeChallenge: text(fields, "codeChallenge"),
  dpopJkt: optionalText(fields, "dpopJkt"),
  ask: optionalBoolean(fields, "ask"),
  resources: texts(fields, "resources"),
  scope: texts(fields, "scope")
})

const requestOf = (row: Row): PendingRequest => readRequest(object(json(row, "request"), "request"))

export function* addInteraction(interaction: Interaction, limits: { readonly maximum: number }): Body<void> {
  yield statement(
    "INSERT INTO interactions (id_hash, session_hash, request, expires_at) VALUES (?, ?, ?, ?)",
    interaction.idHash,
    interaction.sessionHash,
    JSON.stringify(interaction.request),
    interaction.expiresAt
  )
  const [all = {}] = yield statement("SELECT COUNT(*) AS held FROM interactions")
  const leaving = integer(all, "held") - limits.maximum
  if (leaving <= 0) return
  const left = yield statement(
    `DELETE FROM interactions WHERE sequence IN (SELECT sequence FROM interactions ORDER BY sequence LIMIT ?)
     RETURNING session_hash`,
    leaving
  )
  for (const row of left) {
    const session = text(row, "session_hash")
    yield statement(
      `DELETE FROM sessions WHERE id_hash = ? AND subject IS NULL
       AND NOT EXISTS (SELECT 1 FROM interactions WHERE session_hash = ?)`,
      session,
      session
    )
  }
}

export function* findInteraction(idHash: string, now: number): Body<Interaction | undefined> {
  const [row] = yield statement(
    "SELECT id_hash, session_hash, request, expires_at FROM interactions WHERE id_hash = ? AND expires_at > ?",
    idHash,
    now
  )
  return (
    row && {
      idHash: text(row, "id_hash"),
      sessionHash: text(row, "session_hash"),
      request: requestOf(row),
      expiresAt: integer(row, "expires_at")
    }
  )
}

export function* signIn(change: {
  readonly interactionHash: string
  readonly fromSessionHash: string
  readonly session: Session
  readonly now: number
}): Body<SignInOutcome> {
  const from = yield* lockSession(change.fromSessionHash, change.now)
  if (from === undefined) return "Gone"
  const moved = yield statement(
    `UPDATE interactions SET session_hash = ?
     WHERE id_hash = ? AND session_hash = ? AND expires_at > ? RETURNING id_hash`,
    change.session.idHash,
    change.interactionHash,
    change.fromSessionHash,
    change.now
  )
  if (moved.length === 0) return "Gone"
  yield statement("DELETE FROM sessions WHERE id_hash = ?", change.fromSessionHash)
  yield* addSession(change.session)
  return "SignedIn"
}

/** An interaction of one browser's session. */
interface Waiting {
  readonly interactionHash: string
  readonly sessionHash: string
  readonly now: number
}

/** Whether the interaction waits in this browser's session, as it does then until this transaction ends. */
export function* lockInteraction({ interactionHash, sessionHash, now }: Waiting): Body<boolean> {
  const rows = yield lockingRead(
    "SELECT id_hash FROM interactions WHERE id_hash = ? AND session_hash = ? AND expires_at > ?",
    interactionHash,
    sessionHash,
    now
  )
  return rows.length === 1
}

/** Takes the interaction away from this browser's session: whoever takes it decides, everyone after finds it gone. */
export function* takeInteraction(change: Waiting): Body<PendingRequest | undefined> {
  const [taken] = yield statement(
    "DELETE FROM interactions WHERE id_hash = ? AND session_hash = ? AND expires_at > ? RETURNING request",
    change.interactionHash,
    change.sessionHash,
    change.now
  )
  return taken && requestOf(taken)
}

export function* deny(change: Waiting): Body<DenyOutcome> {
  return (yield* takeInteraction(change)) === undefined ? "Gone" : "Denied"
}
