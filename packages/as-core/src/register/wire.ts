import { json } from "../http/respond.ts"
import type { BodyRefused } from "../rejections.ts"
import { type ErrorRow, row } from "../token/wire.ts"
import { BODY_STATUS, describe, rowOf, type WireTable } from "../wire-table.ts"
import type { PolicyRejection } from "./decide.ts"
import type { InitialAccessTokenRefused, RegistrationAccessTokenRefused, RegistrationFull } from "./rejections.ts"
import type { Answer } from "../http/answer.ts"

/** Why a registration is refused. */
export type RegistrationRejection = BodyRefused | PolicyRejection | RegistrationFull | InitialAccessTokenRefused

/** Why a client is not managed. */
export type ManagementRejection = BodyRefused | PolicyRejection | RegistrationAccessTokenRefused

/** Error codes of the registration endpoints (RFC 7591 section 3.2.2, RFC 7592 section 2.1, RFC 6750 section 3.1). */
export const registrationErrors: WireTable<RegistrationRejection | ManagementRejection, ErrorRow> = {
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
  RegistrationFull: row("temporarily_unavailable", 429),
  InitialAccessTokenRefused: row("invalid_token", 401),
  RegistrationAccessTokenRefused: row("invalid_token", 401)
}

/** The answer to a rejection. */
export const registrationError = (rejection: RegistrationRejection | ManagementRejection): Answer => {
  const { status, error } = rowOf(registrationErrors, rejection)
  // RFC 6750 section 3.1: a request without credentials is told of no error.
  const isMissing = rejection._tag === "InitialAccessTokenRefused" && rejection.reason === "missing"
  return json(
    status,
    { error, error_description: describe(rejection) },
    {
      ...(status === 401 && { "www-authenticate": isMissing ? "Bearer" : 'Bearer error="invalid_token"' }),
      ...("retryAfter" in rejection && { "retry-after": String(rejection.retryAfter) })
    }
  )
}
