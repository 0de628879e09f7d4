import type {
  ApproveOutcome,
  Code,
  DenyOutcome,
  Grant,
  Interaction,
  PendingRequest,
  Session,
  SignInOutcome
} from "@postern/as-core"
import { readClient } from "./clients.ts"
import { addCode } from "./codes.ts"
import { type Fields, integer, json, object, optionalText, text, texts } from "./fields.ts"
import { addGrant } from "./grants.ts"
import { addSession, findSession } from "./sessions.ts"
import { type Body, statement } from "./statement.ts"

const readRequest = (fields: Fields): PendingRequest => ({
  client: readClient(object(fields, "client")),
  redirectUri: text(fields, "redirectUri"),
  state: optionalText(fields, "state"),
  codeChallenge: text(fields, "codeChallenge"),
  resources: texts(fields, "resources"),
  scope: texts(fields, "scope")
})

export function* addInteraction(interaction: Interaction, limits: { readonly maximum: number }): Body<void> {
  yield statement(
    "INSERT INTO interactions (id_hash, session_hash, request, expires_at) VALUES (?, ?, ?, ?)",
    interaction.idHash,
    interaction.sessionHash,
    JSON.stringify(interaction.request),
    interaction.expiresAt
  )
  yield statement(
    `DELETE FROM interactions WHERE sequence IN
     (SELECT sequence FROM interactions ORDER BY sequence LIMIT max(0, (SELECT COUNT(*) FROM interactions) - ?))`,
    limits.maximum
  )
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
      request: readRequest(object(json(row, "request"), "request")),
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
  const from = yield* findSession(change.fromSessionHash, change.now)
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

/** Takes the interaction away from this browser's session: whoever takes it decides, everyone after finds it gone. */
function* take(change: {
  readonly interactionHash: string
  readonly sessionHash: string
  readonly now: number
}): Body<boolean> {
  const taken = yield statement(
    "DELETE FROM interactions WHERE id_hash = ? AND session_hash = ? AND expires_at > ? RETURNING id_hash",
    change.interactionHash,
    change.sessionHash,
    change.now
  )
  return taken.length === 1
}

export function* approve(change: {
  readonly interactionHash: string
  readonly sessionHash: string
  readonly grant: Grant
  readonly code: Code
  readonly now: number
}): Body<ApproveOutcome> {
  // The one who is signed in must still be, and be the one in whose name the grant is given.
  const session = yield* findSession(change.sessionHash, change.now)
  if (session?.subject !== change.grant.subject) return "Gone"
  if (!(yield* take(change))) return "Gone"
  yield* addGrant(change.grant)
  yield* addCode(change.code)
  return "Approved"
}

export function* deny(change: {
  readonly interactionHash: string
  readonly sessionHash: string
  readonly now: number
}): Body<DenyOutcome> {
  return (yield* take(change)) ? "Denied" : "Gone"
}
