import { Failure } from "@postern/rejection"

/** Why a store in PostgreSQL could not be opened. */
export type PostgresUnavailableReason =
  | "url-invalid"
  | "schema-invalid"
  | "unreachable"
  | "not-ready"
  | "tls"
  | "authentication"
  | "database-missing"
  | "permission"
  | "encoding"
  | "foreign-schema"
  | "newer-schema"
  | "busy"
  | "other"

const sentences: Readonly<Record<PostgresUnavailableReason, string>> = {
  "url-invalid": "this is no URL of a PostgreSQL database",
  "schema-invalid": "the name of its schema has other characters than letters, digits and underscores, or too many",
  unreachable: "its server cannot be reached",
  "not-ready": "its server is starting or stopping, or has no connection left",
  tls: "there is no TLS connection to it that can be trusted",
  authentication: "the server does not accept this user and password",
  "database-missing": "there is no such database",
  permission: "this user may not do what is needed",
  encoding: "the encoding of the database is not UTF8",
  "foreign-schema": "its schema holds tables of something else",
  "newer-schema": "its schema is newer than this program knows",
  busy: "another process holds it",
  other: "PostgreSQL refused it"
}

/** The store cannot be opened: where it is, without user and password, and why. */
export class PostgresUnavailable extends Failure("PostgresUnavailable")<{
  readonly database: string
  readonly reason: PostgresUnavailableReason
}> {
  override get message() {
    return `the store ${this.database} cannot be opened: ${sentences[this.reason]}`
  }
}
