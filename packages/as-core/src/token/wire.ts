import type { ProofRejection } from "@postern/dpop"
import type { ParameterRepeated, ParametersTooLarge, TokenRequestRejection } from "@postern/messages"
import type {
  BodyRefused,
  ClientAuthenticationFailed,
  ClientAuthenticationRepeated,
  ClientThrottled,
  RequestThrottled
} from "../rejections.ts"
import { BODY_STATUS, type WireTable } from "../wire-table.ts"
import type { GrantRejection } from "./decide.ts"

/** Why a token request is refused. */
export type TokenRejection =
  | BodyRefused
  | ParameterRepeated
  | ParametersTooLarge
  | ClientAuthenticationFailed
  | ClientAuthenticationRepeated
  | ClientThrottled
  | RequestThrottled
  | TokenRequestRejection
  | ProofRejection
  | GrantRejection

/** An error response (OAuth 2.1 section 3.2.4). */
export interface ErrorRow {
  readonly status: number
  readonly error: string
}

/** A row that is the same whatever the rejection says. */
export const row =
  (error: string, status = 400) =>
  (): ErrorRow => ({ status, error })

/** Error codes of the token endpoint (OAuth 2.1 section 3.2.4, RFC 8707 section 2, RFC 9449 sections 5 and 8). */
export const tokenErrors: WireTable<TokenRejection, ErrorRow> = {
  // A wrong media type is a malformed request like any other here.
  BodyRefused: ({ reason }) => ({
    status: reason === "media-type" ? 400 : BODY_STATUS[reason],
    error: "invalid_request"
  }),
  ParameterRepeated: row("invalid_request"),
  ParametersTooLarge: row("invalid_request"),
  ParameterMissing: row("invalid_request"),
  ParameterInvalid: row("invalid_request"),
  ClientAuthenticationRepeated: row("invalid_request"),
  ClientAuthenticationFailed: row("invalid_client", 401),
  ClientThrottled: row("temporarily_unavailable", 429),
  RequestThrottled: row("temporarily_unavailable", 429),
  ProofMissing: row("invalid_dpop_proof"),
  ProofRepeated: row("invalid_dpop_proof"),
  ProofInvalid: row("invalid_dpop_proof"),
  ProofReplayed: row("invalid_dpop_proof"),
  ProofMemoryFull: row("temporarily_unavailable", 503),
  NonceRequired: row("use_dpop_nonce"),
  GrantTypeUnsupported: row("unsupported_grant_type"),
  GrantTypeForbidden: row("unauthorized_client"),
  GrantInvalid: row("invalid_grant"),
  VerifierMalformed: row("invalid_grant"),
  VerifierMismatch: row("invalid_grant"),
  ResourceInvalid: row("invalid_target"),
  ResourceRefused: row("invalid_target"),
  ScopeMalformed: row("invalid_scope"),
  ScopeRefused: row("invalid_scope")
}
