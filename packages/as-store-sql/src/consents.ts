import type { Consent } from "@postern/as-core"
import { type Fields, integer, json, text, texts } from "./fields.ts"
import { endGrantsOfSubject } from "./grants.ts"
import { type Body, lockingRead, type Statement, statement } from "./statement.ts"

interface Parties {
  readonly clientId: string
  readonly subject: string
}

const readConsent = (fields: Fields): Consent => ({
  subject: text(fields, "subject"),
  clientId: text(fields, "client_id"),
  resource: text(fields, "resource"),
  scope: texts(json(fields, "scope"), "scope"),
  clientHash: text(fields, "client_hash"),
  expiresAt: integer(fields, "expires_at")
})

const inForce = `SELECT client_id, subject, resource, scope, client_hash, expires_at FROM consents
  WHERE client_id = ? AND subject = ? AND expires_at > ? ORDER BY resource`

/**
 * What those wait for one another in who give or take away what one user allowed one client: there may be no row yet that they
 * could lock.
 */
export const consentTurn = ({ clientId, subject }: Parties): string => JSON.stringify(["consents", clientId, subject])

export function* findConsents(
  of: Parties & { readonly resources: ReadonlyArray<string>; readonly now: number }
): Body<ReadonlyArray<Consent>> {
  const rows = yield statement(inForce, of.clientId, of.subject, of.now)
  // Of one user and one client there are never many.
  return rows.map(readConsent).filter(({ resource }) => of.resources.includes(resource))
}

/** The consents in force, which stay so until this transaction ends. */
export function* lockConsents({ clientId, subject }: Parties, now: number): Body<ReadonlyArray<Consent>> {
  const rows = yield lockingRead(inForce, clientId, subject, now)
  return rows.map(readConsent)
}

const put = (consent: Consent): Statement =>
  statement(
    `INSERT INTO consents (client_id, subject, resource, scope, client_hash, expires_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (client_id, subject, resource) DO UPDATE
     SET scope = excluded.scope, client_hash = excluded.client_hash, expires_at = excluded.expires_at`,
    consent.clientId,
    consent.subject,
    consent.resource,
    JSON.stringify(consent.scope),
    consent.clientHash,
    consent.expiresAt
  )

/** Adds each consent to the one in force if that was given to the same client as it is now. */
export function* addConsents(consents: ReadonlyArray<Consent>, parties: Parties, now: number): Body<void> {
  if (consents.length === 0) return
  const before = yield* lockConsents(parties, now)
  for (const consent of consents) {
    if (consent.clientId !== parties.clientId || consent.subject !== parties.subject) {
      throw new Error("a consent belongs to the client and the subject of its grant")
    }
    const same = before.find(
      ({ resource, clientHash }) => resource === consent.resource && clientHash === consent.clientHash
    )
    yield put({ ...consent, scope: [...new Set([...(same?.scope ?? []), ...consent.scope])] })
  }
}

/** Removes the consents of a client. */
export function* forgetConsents(clientId: string): Body<void> {
  yield statement("DELETE FROM consents WHERE client_id = ?", clientId)
}

export function* endConsents(of: Parties & { readonly now: number }): Body<void> {
  // The consents go first: an approval by consent that holds them is waited for, and its grant is ended with the others.
  yield statement("DELETE FROM consents WHERE client_id = ? AND subject = ?", of.clientId, of.subject)
  yield* endGrantsOfSubject(of.clientId, of.subject, of.now)
}
