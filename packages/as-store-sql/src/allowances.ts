import type { Allowance } from "@postern/as-core"
import { integer, oneOf, text } from "./fields.ts"
import { type Body, statement } from "./statement.ts"

export function* addAllowance({ to, resource, scope, by, createdAt }: Allowance): Body<void> {
  yield statement(
    `INSERT INTO allowances (to_kind, to_id, resource, scope, given_by, created_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (to_kind, to_id, resource, scope) DO NOTHING`,
    to.kind,
    to.id,
    resource,
    scope,
    by,
    createdAt
  )
}

export function* removeAllowance({ to, resource, scope }: Pick<Allowance, "resource" | "scope" | "to">): Body<void> {
  yield statement(
    "DELETE FROM allowances WHERE to_kind = ? AND to_id = ? AND resource = ? AND scope = ?",
    to.kind,
    to.id,
    resource,
    scope
  )
}

export function* findAllowances(of: {
  readonly subject?: string | undefined
  readonly clientId: string
}): Body<ReadonlyArray<Allowance>> {
  // Without a user its comparison is with NULL, which nothing equals.
  const rows = yield statement(
    `SELECT to_kind, to_id, resource, scope, given_by, created_at FROM allowances
     WHERE (to_kind = 'client' AND to_id = ?) OR (to_kind = 'subject' AND to_id = ?)
     ORDER BY to_kind, resource, scope`,
    of.clientId,
    of.subject ?? null
  )
  return rows.map((row) => ({
    resource: text(row, "resource"),
    scope: text(row, "scope"),
    to: { kind: oneOf(row, "to_kind", ["subject", "client"]), id: text(row, "to_id") },
    by: text(row, "given_by"),
    createdAt: integer(row, "created_at")
  }))
}
