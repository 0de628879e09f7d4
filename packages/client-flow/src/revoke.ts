import { decodeErrorResponse } from "@postern/messages"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type ClientCredentials, registeredClient } from "./choose-client-authentication.ts"
import type { CommonSettings } from "./common-settings.ts"
import { findServer } from "./discover.ts"
import { showable } from "./events.ts"
import { exchange, isUnavailable, readJson, unavailable } from "./exchange.ts"
import { findClient } from "./find-client.ts"
import type { FlowError } from "./flow-error.ts"
import type { NamedRelaxation } from "./relaxation.ts"
import {
  EndpointForbidden,
  RegistrationUnavailable,
  RevocationRejected,
  RevocationUnsupported
} from "./rejections/index.ts"
import { authenticate } from "./request-token.ts"
import type { StoredCredentials } from "./store.ts"

/** Where tokens are revoked, and as whom. */
export interface Revoker {
  readonly issuer: string
  readonly documentIssuer: string
  readonly url: string
  readonly metadataUrl: string
  readonly client: ClientCredentials
}

/** A token of one of the kinds that RFC 7009 section 2.1 has names for. */
export interface Revocable {
  readonly kind: "access" | "refresh"
  readonly token: string
}

/** Finds the revocation endpoint of the server that issued these credentials, whatever their resource says by now. */
export const findRevoker = Effect.fnUntraced(function* (
  settings: CommonSettings,
  credentials: StoredCredentials
): Effect.fn.Return<Revoker, FlowError> {
  const { clientAuthentication, clientId, issuer, resource } = credentials
  const named = { legacy: false, url: resource }
  const found = yield* findServer(settings, issuer, named, () => Result.succeed([]))
  const { document, server, url: metadataUrl } = found
  const { documentIssuer, used } = server
  const tell = ({ allow, reason }: NamedRelaxation) => settings.emit({ _tag: "ExceptionUsed", issuer, allow, reason })
  yield* Effect.forEach(used, tell)
  const url = document.revocation_endpoint
  if (url === undefined) return yield* new RevocationUnsupported({ issuer })
  const { origin } = new URL(url)
  if (origin !== new URL(issuer).origin) {
    const allowed = settings.relax.find(issuer, "endpoint-other-origin")
    if (!allowed) return yield* new EndpointForbidden({ issuer, member: "revocation_endpoint", origin })
    // Told already, where another endpoint needed it.
    if (!used.includes(allowed)) yield* tell(allowed)
  }
  const client =
    (yield* findClient(settings, server, credentials)) ??
    // What was registered once revokes what was issued to it, although another client is configured by now.
    (clientAuthentication && registeredClient(clientId, clientAuthentication))
  if (!client) return yield* new RegistrationUnavailable({ issuer })
  return { issuer, documentIssuer, url, metadataUrl, client }
})

/** Revokes a token (RFC 7009 section 2). One that the server does not know is revoked as well (section 2.2). */
export const revoke = Effect.fnUntraced(function* (
  settings: CommonSettings,
  { client, documentIssuer, issuer, metadataUrl, url }: Revoker,
  { kind, token }: Revocable
): Effect.fn.Return<void, FlowError> {
  const request = (clientId?: string) => {
    const form = new URLSearchParams({ token, token_type_hint: `${kind}_token` })
    if (clientId !== undefined) form.set("client_id", clientId)
    return form
  }
  const { form, headers } = yield* authenticate(client, request, documentIssuer)
  const asked = { url, method: "POST", headers, body: form.toString(), namedBy: metadataUrl } as const
  const response = yield* exchange(settings, "revocation", asked, form)
  const { status } = response
  if (status === 200) return
  if (isUnavailable(status)) return yield* unavailable("revocation", response)
  const json = yield* Effect.fromResult(readJson("revocation", response))
  const { error } = yield* Effect.fromResult(decodeErrorResponse(json))
  return yield* new RevocationRejected({ issuer, status, error: showable(error) })
})
