import type { Grant } from "@postern/as-core"
import { type Fields, integer, json, optionalInteger, text, texts } from "./fields.ts"
import { type Body, statement } from "./statement.ts"

/** What decides whether anything that hangs on a grant is still good. */
export interface GrantState {
  readonly grantId: string
  readonly ended: boolean
  readonly expiresAt: number
}

/** The columns that `readGrant` and `readEnded` need, where the grants table is named `grants`. */
export const grantColumns = `grants.grant_id AS grant_id, grants.client_id AS grant_client_id, grants.subject AS subject,
  grants.resources AS resources, grants.scope AS scope, grants.created_at AS grant_created_at,
  grants.expires_at AS grant_expires_at, grants.ended_at AS ended_at`

export const readGrant = (fields: Fields): Grant => ({
  grantId: text(fields, "grant_id"),
  clientId: text(fields, "grant_client_id"),
  subject: text(fields, "subject"),
  resources: texts(json(fields, "resources"), "resources"),
  scope: texts(json(fields, "scope"), "scope"),
  createdAt: integer(fields, "grant_created_at"),
  expiresAt: integer(fields, "grant_expires_at")
})

export const readEnded = (fields: Fields): boolean => optionalInteger(fields, "ended_at") !== undefined

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

/**
 * The grant's row, read before anything that hangs on it. SQLite's write transaction holds the whole database; where
 * rows are locked one by one this is the row to lock, so that all who work on one grant queue up here.
 */
export function* lockGrant(grantId: string): Body<GrantState | undefined> {
  const [row] = yield statement("SELECT grant_id, ended_at, expires_at FROM grants WHERE grant_id = ?", grantId)
  return row && { grantId: text(row, "grant_id"), ended: readEnded(row), expiresAt: integer(row, "expires_at") }
}

export function* endGrant(grantId: string, now: number): Body<void> {
  yield statement("UPDATE grants SET ended_at = ? WHERE grant_id = ? AND ended_at IS NULL", now, grantId)
}
