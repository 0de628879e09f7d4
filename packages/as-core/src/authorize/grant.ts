import { randomText, sha256Text } from "@postern/bytes"
import type { ScopeSet } from "@postern/scope"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import type { Code, Grant, PendingRequest } from "../store.ts"

/** Mints a grant and its code for what the user allowed; `code` itself goes to the client and nowhere else. */
export const mintGrant = Effect.fnUntraced(function* (
  { settings: { lifetimes } }: Pick<Engine, "settings">,
  facts: {
    readonly request: PendingRequest
    readonly subject: string
    readonly scope: ScopeSet
    readonly now: number
  }
) {
  const { request, subject, scope, now } = facts
  const { clientId } = request.client
  const code = yield* randomText()
  const grantId = yield* randomText(16)
  const grant: Grant = {
    grantId,
    clientId,
    subject,
    resources: request.resources,
    scope: [...scope],
    createdAt: now,
    expiresAt: now + lifetimes.grant
  }
  const stored: Code = {
    codeHash: yield* sha256Text(code),
    grantId,
    clientId,
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    dpopJkt: request.dpopJkt,
    expiresAt: now + lifetimes.code
  }
  return { code, grant, stored }
})
