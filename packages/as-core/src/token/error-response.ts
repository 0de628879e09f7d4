import { json } from "../http/respond.ts"
import { UNAVAILABLE_RETRY_SECONDS } from "../limits.ts"
import { describe } from "../wire-table.ts"
import type { ErrorRow } from "./wire.ts"
import type { Answer } from "../http/answer.ts"

/** The error of an endpoint where clients authenticate (OAuth 2.1 section 3.2.4); `realm` names it (RFC 9110 section 11.5). */
export const errorResponse = (
  realm: string,
  { status, error }: ErrorRow,
  rejection: { readonly message: string; readonly retryAfter?: number }
): Answer =>
  json(
    status,
    { error, error_description: describe(rejection) },
    {
      // RFC 9110 section 15.5.2
      ...(status === 401 && { "www-authenticate": `Basic realm="${realm}"` }),
      ...(status === 503 && { "retry-after": String(UNAVAILABLE_RETRY_SECONDS) }),
      ...(rejection.retryAfter !== undefined && { "retry-after": String(rejection.retryAfter) })
    }
  )
