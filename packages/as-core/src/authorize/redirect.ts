import { buildAuthorizationResponse } from "@postern/messages"
import { seeOther } from "../http/respond.ts"
import type { Settings } from "../settings.ts"
import { describe, rowOf } from "../wire-table.ts"
import { redirectErrors, type RedirectedRejection } from "./wire.ts"
import type { Answer } from "../http/answer.ts"

/** Where the answer goes, and what goes back with it unchanged. */
export interface ReturnAddress {
  readonly redirectUri: string
  readonly state?: string | undefined
}

/** Sends an error to the client, with `state` and `iss` (OAuth 2.1 section 4.1.2.1, RFC 9207 section 2). */
export const redirectError = (
  settings: Pick<Settings, "issuer">,
  address: ReturnAddress,
  error: { readonly error: string; readonly errorDescription?: string }
): Answer =>
  seeOther(buildAuthorizationResponse(address.redirectUri, { ...error, state: address.state, iss: settings.issuer }))

/** Sends a rejection to the client. */
export const redirectRejection = (
  settings: Pick<Settings, "issuer">,
  address: ReturnAddress,
  rejection: RedirectedRejection
): Answer =>
  redirectError(settings, address, {
    error: rowOf(redirectErrors, rejection),
    errorDescription: describe(rejection)
  })

/** Sends a code to the client. */
export const redirectCode = (settings: Pick<Settings, "issuer">, address: ReturnAddress, code: string): Answer =>
  seeOther(buildAuthorizationResponse(address.redirectUri, { code, state: address.state, iss: settings.issuer }))
