import type { FoundGrant, Grant } from "@postern/as-core"
import { type Fields, integer, json, optionalInteger, text, texts } from "./fields.ts"
import { type Body, type Row, statement } from "./statement.ts"

/** What decides whether anything that hangs on a grant is still good. */
export interface GrantState {
  readonly grantId: string
  readonly clientId: string
  readonly ended: boolean
  readonly expiresAt: number
}

/** The columns that `readGrant` and `readEnded` need, where the grants table is named `grants`. */
export const grantColumns = `grants.grant_id AS grant_id, grants.client_id AS client_id, grants.subject AS subject,
  grants.resources AS resources, grants.scope AS scope, grants.created_at AS grant_created_at,
  grants.expires_at AS grant_expires_at, grants.ended_at AS ended_at`

export const readGrant = (fields: Fields): Grant => ({
  grantId: text(fields, "grant_id"),
  clientId: text(fields, "client_id"),
  subject: text(fields, "subject"),
  resources: texts(json(fields, "resources"), "resources"),
  scope: texts(json(fields, "scope"), "scope"),
  createdAt: integer(fields, "grant_created_at"),
  expiresAt: integer(fields, "grant_expires_at")
})

export const readEnded = (fields: Fields): boolean => optionalInteger(fields, "ended_at") !== undefined

/**
 * The columns that `readGrantState` needs. A transaction on a grant reads them first, with a lock, and names `grants` before what it
 * joins to it: rows are locked in that order, and all who work on one grant queue up there.
 */
export const grantStateColumns = `grants.grant_id AS grant_id, grants.client_id AS client_id,
  grants.expires_at AS grant_expires_at, grants.ended_at AS ended_at`

export const readGrantState = (row: Row): GrantState => ({
  grantId: text(row, "grant_id"),
  clientId: text(row, "client_id"),
  ended: readEnded(row),
  expiresAt: integer(row, "grant_expires_at")
})

export function* findGrant(grantId: string): Body<FoundGrant | undefined> {
  const [row] = yield statement(`SELECT ${grantColumns} FROM grants WHERE grant_id = ?`, grantId)
  return row && { grant: readGrant(row), ended: readEnded(row) }
}

export function* addGrant(grant: Grant): Body<void> {
  yield statement(
    `INSERT INTO grants (grant_id, client_id, subject, resources, scope, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    grant.grantId,
    grant.clientId,
    grant.subject,
    JSON.stringify(grant.resources),
    JSON.stringify(grant.scope),
    grant.createdAt,
    grant.expiresAt
  )
}

export function* endGrant(grantId: string, now: number): Body<void> {
  yield statement("UPDATE grants SET ended_at = ? WHERE grant_id = ? AND ended_at IS NULL", now, grantId)
}

export function* endGrantsOfClient(clientId: string, now: number): Body<void> {
  yield statement("UPDATE grants SET ended_at = ? WHERE client_id = ? AND ended_at IS NULL", now, clientId)
}

export function* endGrantsOfSubject(clientId: string, subject: string, now: number): Body<void> {
  yield statement(
    "UPDATE grants SET ended_at = ? WHERE client_id = ? AND subject = ? AND ended_at IS NULL",
    now,
    clientId,
    subject
  )
}
