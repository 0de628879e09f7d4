import type {
  AddClientOutcome,
  Client,
  Registration,
  RemoveClientOutcome,
  ReplaceClientOutcome
} from "@postern/as-core"
import { forgetConsents } from "./consents.ts"
import { integer, json, object, optionalInteger, optionalText, text } from "./fields.ts"
import { endGrantsOfClient } from "./grants.ts"
import { readClient } from "./read-client.ts"
import { type Body, lockingRead, type Row, statement } from "./statement.ts"

const clientOf = (row: Row): Client => readClient(object(json(row, "client"), "client"))

export function* findClient(clientId: string): Body<Client | undefined> {
  const [row] = yield statement("SELECT client FROM clients WHERE client_id = ?", clientId)
  return row && clientOf(row)
}

export function* findRegistration(clientId: string): Body<Registration | undefined> {
  const [row] = yield statement(
    "SELECT client, metadata_hash, registration_token_hash, unused_until FROM clients WHERE client_id = ?",
    clientId
  )
  return (
    row && {
      client: clientOf(row),
      metadataHash: optionalText(row, "metadata_hash"),
      registrationTokenHash: optionalText(row, "registration_token_hash"),
      unusedUntil: optionalInteger(row, "unused_until")
    }
  )
}

/**
 * Makes room for one more client: as many as are too many leave of those that nobody ever used and anybody could have registered,
 * first the ones that were registered longest ago, or registered again.
 */
function* makeRoom(maximum: number): Body<boolean> {
  const [all = {}] = yield statement("SELECT COUNT(*) AS held FROM clients")
  const leaving = integer(all, "held") - maximum + 1
  if (leaving <= 0) return true
  // Locked, so that none of them is used before it leaves.
  const oldest = yield lockingRead(
    "SELECT client_id FROM clients WHERE used_at IS NULL AND registration_token_hash IS NULL ORDER BY unused_until NULLS FIRST, sequence LIMIT ?",
    leaving
  )
  if (oldest.length < leaving) return false
  for (const row of oldest) yield statement("DELETE FROM clients WHERE client_id = ?", text(row, "client_id"))
  return true
}

/** What registrations wait for one another in: each one counts those before it, and no two are the same. */
export const registrationTurn = "clients"

export function* addClient(
  { client, metadataHash, registrationTokenHash, unusedUntil }: Registration,
  limits: { readonly maximum: number }
): Body<AddClientOutcome> {
  if (metadataHash !== undefined) {
    const [known] = yield statement(
      "UPDATE clients SET unused_until = ? WHERE metadata_hash = ? RETURNING client",
      unusedUntil ?? null,
      metadataHash
    )
    if (known !== undefined) return { _tag: "Known", client: clientOf(known) }
  }
  if (!(yield* makeRoom(limits.maximum))) return { _tag: "Full" }
  yield statement(
    `INSERT INTO clients (client_id, client, metadata_hash, registration_token_hash, unused_until)
     VALUES (?, ?, ?, ?, ?)`,
    client.clientId,
    JSON.stringify(client),
    metadataHash ?? null,
    registrationTokenHash ?? null,
    unusedUntil ?? null
  )
  return { _tag: "Added" }
}

export function* replaceClient(change: {
  readonly registration: Registration
  readonly registrationTokenHash: string
}): Body<ReplaceClientOutcome> {
  const { client, metadataHash, registrationTokenHash, unusedUntil } = change.registration
  const replaced = yield statement(
    `UPDATE clients SET client = ?, metadata_hash = ?, registration_token_hash = ?, unused_until = ?
     WHERE client_id = ? AND registration_token_hash = ? RETURNING client_id`,
    JSON.stringify(client),
    metadataHash ?? null,
    registrationTokenHash ?? null,
    unusedUntil ?? null,
    client.clientId,
    change.registrationTokenHash
  )
  return replaced.length === 1 ? "Replaced" : "Gone"
}

export function* removeClient(change: {
  readonly clientId: string
  readonly registrationTokenHash: string
  readonly now: number
}): Body<RemoveClientOutcome> {
  // The client goes first: an approval that holds its row is waited for, and its grant is ended with the others.
  const removed = yield statement(
    "DELETE FROM clients WHERE client_id = ? AND registration_token_hash = ? RETURNING client_id",
    change.clientId,
    change.registrationTokenHash
  )
  if (removed.length === 0) return "Gone"
  yield* forgetConsents(change.clientId)
  yield* endGrantsOfClient(change.clientId, change.now)
  return "Removed"
}

/** Marks a client as used, if it is a registered one that is still there; whether it is. */
export function* useClient(clientId: string, now: number): Body<boolean> {
  const [row] = yield lockingRead("SELECT used_at FROM clients WHERE client_id = ?", clientId)
  if (row === undefined) return false
  if (optionalInteger(row, "used_at") === undefined) {
    yield statement("UPDATE clients SET used_at = ? WHERE client_id = ?", now, clientId)
  }
  return true
}
