import type { BodyRefused, RegistrationFull } from "../rejections.ts"
import { type ErrorRow, row } from "../token/wire.ts"
import { BODY_STATUS, type WireTable } from "../wire-table.ts"
import type { PolicyRejection } from "./decide.ts"

/** Why a registration is refused. */
export type RegistrationRejection = BodyRefused | PolicyRejection | RegistrationFull

/** Error codes of the registration endpoint (RFC 7591 section 3.2.2). */
export const registrationErrors: WireTable<RegistrationRejection, ErrorRow> = {
  BodyRefused: ({ reason }) => ({ status: BODY_STATUS[reason], error: "invalid_client_metadata" }),
  JsonMalformed: row("invalid_client_metadata"),
  MetadataMalformed: ({ issues }) => ({
    status: 400,
    error: issues.every(({ path }) => path.startsWith("redirect_uris"))
      ? "invalid_redirect_uri"
      : "invalid_client_metadata"
  }),
  ClientMetadataRefused: row("invalid_client_metadata"),
  ScopeMalformed: row("invalid_client_metadata"),
  RedirectUriRefused: row("invalid_redirect_uri"),
  RegistrationFull: row("temporarily_unavailable", 429)
}
