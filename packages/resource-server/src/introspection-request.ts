import { TokenMalformed } from "@postern/jwt-verify"
import { formatBasicCredentials } from "@postern/messages"
import type { SafeRequest } from "@postern/safe-fetch"
import * as Redacted from "effect/Redacted"
import type { IntrospectionSettings } from "./introspection-options.ts"

// RFC 6750 section 2.1, b64token.
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/
const MAXIMUM_LENGTH = 16_384

/** What no token is: it is not worth a request, and our credentials do not go out with it. */
export const checkForm = (token: string): TokenMalformed | undefined => {
  if (token.length > MAXIMUM_LENGTH) return new TokenMalformed({ part: "token", reason: "too-large" })
  return TOKEN.test(token) ? undefined : new TokenMalformed({ part: "token", reason: "encoding" })
}

/** Asks about one token (RFC 7662 section 2.1); the secret stands in exactly one place (OAuth 2.1 section 2.4). */
export const introspectionRequest = (token: string, settings: IntrospectionSettings): SafeRequest => {
  const { authentication, clientId, endpoint } = settings
  const clientSecret = Redacted.value(settings.clientSecret)
  const form = new URLSearchParams({ token, token_type_hint: "access_token" })
  const headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" }
  if (authentication === "client_secret_basic") {
    const authorization = `Basic ${formatBasicCredentials({ clientId, clientSecret })}`
    return { url: endpoint, method: "POST", headers: { ...headers, authorization }, body: form.toString() }
  }
  form.set("client_id", clientId)
  form.set("client_secret", clientSecret)
  return { url: endpoint, method: "POST", headers, body: form.toString() }
}
