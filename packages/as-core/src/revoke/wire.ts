import type { ParameterMissing, ParameterRepeated, ParametersTooLarge } from "@postern/messages"
import type {
  BodyRefused,
  ClientAuthenticationFailed,
  ClientAuthenticationRepeated,
  ClientThrottled,
  RequestThrottled
} from "../rejections.ts"
import { type ErrorRow, row } from "../token/wire.ts"
import { BODY_STATUS, type WireTable } from "../wire-table.ts"

/** Why a request about a token is refused: no word of the token itself. */
export type TokenQueryRejection =
  | BodyRefused
  | ParameterRepeated
  | ParametersTooLarge
  | ParameterMissing
  | ClientAuthenticationFailed
  | ClientAuthenticationRepeated
  | ClientThrottled
  | RequestThrottled

/** Error codes of the revocation endpoint (RFC 7009 section 2.2.1). */
export const revocationErrors: WireTable<TokenQueryRejection, ErrorRow> = {
  BodyRefused: ({ reason }) => ({
    status: reason === "media-type" ? 400 : BODY_STATUS[reason],
    error: "invalid_request"
  }),
  ParameterRepeated: row("invalid_request"),
  ParametersTooLarge: row("invalid_request"),
  ParameterMissing: row("invalid_request"),
  ClientAuthenticationRepeated: row("invalid_request"),
  ClientAuthenticationFailed: row("invalid_client", 401),
  ClientThrottled: row("temporarily_unavailable", 429),
  RequestThrottled: row("temporarily_unavailable", 429)
}
