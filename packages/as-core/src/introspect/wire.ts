import type { IntrospectionForbidden } from "../rejections.ts"
import { revocationErrors, type TokenQueryRejection } from "../revoke/wire.ts"
import { type ErrorRow, row } from "../token/wire.ts"
import type { WireTable } from "../wire-table.ts"

/** Why nobody is told whether a token is active. */
export type IntrospectionRejection = TokenQueryRejection | IntrospectionForbidden

/** Error codes of the introspection endpoint (RFC 7662 section 2.3). */
export const introspectionErrors: WireTable<IntrospectionRejection, ErrorRow> = {
  ...revocationErrors,
  // As for a client that nobody knows: who may ask is nobody else's business.
  IntrospectionForbidden: row("invalid_client", 401)
}
